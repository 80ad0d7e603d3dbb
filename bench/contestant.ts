/** One who takes part: a program that takes requests, on the core of what is measured, with a destination of its own beside it. */
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../test/helpers/free-ports.ts';
import { Connection } from './connection.ts';
import { benchFolder } from './folder.ts';
import { CORE, Program } from './programs.ts';
import type { Received, SinkTask } from './sink.ts';
import { requestOf } from './templates.ts';

export type Contestant = Readonly<{
  name: string;
  start: () => Promise<Running>;
  /** How often each span is sent on. */
  copies: number;
  /** How many values the first dimension of its requests takes. */
  series?: number;
}>;

export type Running = Readonly<{
  program: Program;
  port: number;
  /** From nothing to the first request that was taken. */
  startMs: number;
  /** None where nothing is sent on. */
  sink: Sink | undefined;
  metricsUrl: string;
  ownMetricsUrl: string;
  stop: () => Promise<void>;
}>;

export type Sink = Readonly<{ tell: (task: SinkTask) => Promise<Received> }>;

/** Where everything of one listens. */
export type Ports = Readonly<Record<'intake' | 'metrics' | 'own' | 'health' | 'sink', number>>;

/** `folder` is gone when it stops. */
export async function startContestant(copies: number, start: (ports: Ports, folder: string) => Program): Promise<Running> {
  const folder = benchFolder('run');
  const sink = Program.script('bench/sink.ts', [], CORE.other);
  const { port } = await sink.ask<{ port: number }>();
  const [intake, metrics, own, health] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const beganMs = performance.now();
  const program = start({ intake, metrics, own, health, sink: port }, folder);
  await program.until(() => accepts(intake));
  return {
    program,
    port: intake,
    startMs: performance.now() - beganMs,
    sink: copies === 0 ? undefined : { tell: (task) => sink.ask<Received>(task) },
    metricsUrl: `http://127.0.0.1:${metrics}/metrics`,
    ownMetricsUrl: `http://127.0.0.1:${own}/metrics`,
    async stop() {
      await program.stop();
      await sink.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Valid, and counted nowhere. */
const EMPTY = requestOf('application/json', Buffer.from('{}'));
const RETRY_MS = 2;

async function accepts(port: number): Promise<boolean> {
  try {
    const connection = await Connection.open(port);
    const status = await connection.exchange(EMPTY, () => undefined);
    connection.close();
    return status === 200;
  } catch {
    await sleep(RETRY_MS);
    return false;
  }
}
