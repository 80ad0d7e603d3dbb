/** Who is compared: each a program that takes requests, on the core of what is measured. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../test/helpers/free-ports.ts';
import { findCollector } from '../test/helpers/otelcol-program.ts';
import { type CollectorSettings, collectorConfig } from './collector-config.ts';
import { benchFolder } from './folder.ts';
import { CORE, Program } from './programs.ts';
import type { Received, SinkTask } from './sink.ts';
import { type Changes, spanmeterConfig } from './spanmeter-config.ts';
import { TOKEN } from './templates.ts';

export type Contestant = Readonly<{ name: string; start: () => Promise<Running> }>;

export type Running = Readonly<{
  program: Program;
  port: number;
  /** Its own; none: what it takes goes nowhere. */
  sink: Sink | undefined;
  metricsUrl: string | undefined;
  ownMetricsUrl: string | undefined;
  stop: () => Promise<void>;
}>;

export type Sink = Readonly<{ port: number; tell: (task: SinkTask) => Promise<Received>; stop: () => Promise<void> }>;

export async function startSink(): Promise<Sink> {
  const program = Program.script('bench/sink.ts', [], CORE.other);
  const { port } = await program.ask<{ port: number }>();
  return { port, tell: (task) => program.ask<Received>(task), stop: () => program.stop() };
}

/** `profile`: the folder for a CPU profile, written when it stops. */
export function spanmeter(name: string, changes: Changes = {}, profile?: string): Contestant {
  const nodeArgs =
    profile === undefined
      ? []
      : ['--cpu-prof', `--cpu-prof-dir=${profile}`, `--cpu-prof-name=${name.replace(/\W+/g, '-')}-${Date.now()}.cpuprofile`];
  return {
    name,
    start: () =>
      startWithSink(changes.forwards ?? true, (ports, folder) => {
        const file = join(folder, 'spanmeter.yaml');
        writeFileSync(file, spanmeterConfig({ ports, token: TOKEN, changes }), { mode: 0o600 });
        const args = ['run', '-c', file, '--data-dir', join(folder, 'data')];
        return Program.script('src/main.ts', args, CORE.measured, nodeArgs);
      }),
  };
}

export function collector(
  name: string,
  binary: string,
  settings: Pick<CollectorSettings, 'queue' | 'compression' | 'dimension' | 'counters'>,
): Contestant {
  return {
    name,
    start: () =>
      startWithSink(true, (ports, folder) => {
        const file = join(folder, 'otelcol.yaml');
        writeFileSync(file, collectorConfig({ ...settings, ports, token: TOKEN, directory: join(folder, 'queue') }));
        return Program.start([binary, '--config', file], CORE.measured, { GOMAXPROCS: '1' });
      }),
  };
}

/** A bare server; `keeps`: what it takes is on disk before it answers. */
export function twin(name: string, keeps: boolean): Contestant {
  return {
    name,
    async start() {
      const folder = benchFolder('run');
      const program = Program.script('bench/twin.ts', keeps ? [join(folder, 'kept')] : [], CORE.measured);
      const { port } = await program.ask<{ port: number }>();
      const stop = () => stopAll(program, undefined, folder);
      return { program, port, sink: undefined, metricsUrl: undefined, ownMetricsUrl: undefined, stop };
    },
  };
}

/** Undefined with the reason told, where no Collector can be built. */
export async function collectorProgram(): Promise<string | undefined> {
  const { program, missing } = await findCollector();
  if (missing !== false) console.error(`without a Collector: ${missing}`);
  return missing === false ? program : undefined;
}

type Ports = SpanmeterPorts;
type SpanmeterPorts = Parameters<typeof spanmeterConfig>[0]['ports'];

async function startWithSink(forwards: boolean, start: (ports: Ports, folder: string) => Program): Promise<Running> {
  const folder = benchFolder('run');
  const sink = await startSink();
  const [intake, metrics, own, health] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const program = start({ intake, metrics, own, health, sink: sink.port }, folder);
  await program.until(() => accepts(intake));
  return {
    program,
    port: intake,
    sink: forwards ? sink : undefined,
    metricsUrl: `http://127.0.0.1:${metrics}/metrics`,
    ownMetricsUrl: `http://127.0.0.1:${own}/metrics`,
    stop: () => stopAll(program, sink, folder),
  };
}

async function stopAll(program: Program, sink: Sink | undefined, folder: string): Promise<void> {
  await program.stop();
  await sink?.stop();
  rmSync(folder, { recursive: true, force: true });
}

const RETRY_MS = 2;

/** An empty request is a valid one, and counts nowhere. */
export async function accepts(port: number): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${port}/v1/traces`, {
    method: 'POST',
    body: '{}',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` },
  }).catch(() => undefined);
  if (answer?.status === 200) return true;
  await sleep(RETRY_MS);
  return false;
}
