/** The daemon and a bare server under the same load, in turns, and a proof that the daemon missed nothing. */
import { decimalText } from '../src/data/exact.ts';
import { type Size, templatesOf } from './bodies.ts';
import { type MeasuredDaemon, startDaemon } from './daemon.ts';
import { measure, type Target, type Work } from './measure.ts';
import { CORE, Program } from './programs.ts';
import type { Received } from './sink.ts';
import type { Round, SizeResult } from './table.ts';

export type Settings = Readonly<{
  rounds: number;
  seconds: number;
  /** Until the engine has compiled what is hot. */
  warmUpSeconds: number;
  connections: number;
  /** Looks into what arrives at the destination, where it is not enough that the daemon knows; too dear where times count. */
  countSpans: boolean;
}>;

type Port = Readonly<{ port: number }>;

/** Both stay up all the time; the one that has no load costs nothing. */
export async function runSideBySide(size: Size, settings: Settings): Promise<SizeResult> {
  const sink = Program.start('bench/sink.ts', settings.countSpans ? ['--count-spans'] : [], CORE.other);
  const bare = Program.start('bench/twin.ts', [], CORE.measured);
  const load = Program.start('bench/load.ts', [], CORE.other);
  const [{ port: sinkPort }, { port }] = await Promise.all([sink.ask<Port>(), bare.ask<Port>(), load.ask()]);
  const started = await startDaemon(sinkPort);
  const { program, token } = started;
  const daemon: Target = { program, port: started.port, token, sink, sent: 0 };
  const twin: Target = { program: bare, port, token, sent: 0 };

  const seed = Math.trunc(Math.random() * 2 ** 31);
  const work: Work = { size: size.name, connections: settings.connections, seconds: settings.seconds, seed };
  for (const target of [daemon, twin]) await measure(load, target, { ...work, seconds: settings.warmUpSeconds });
  const rounds: Round[] = [];
  while (rounds.length < settings.rounds)
    rounds.push({ daemon: await measure(load, daemon, work), twin: await measure(load, twin, work) });

  await checkCounted(size, seed, daemon.sent, started, settings.countSpans ? sink : undefined);
  const highestMebibytes = { daemon: program.highestMebibytes, twin: bare.highestMebibytes };
  await Promise.all([program, bare, sink, load].map((one) => one.stop()));
  return { size: size.name, requests: daemon.sent, rounds, highestMebibytes };
}

/** A quick daemon that counts wrongly is of no use: every request, and the cost to its last digit. */
async function checkCounted(size: Size, seed: number, sent: number, daemon: MeasuredDaemon, sink?: Program): Promise<void> {
  const costs = templatesOf(size, seed, Date.now()).map(({ cost }) => cost);
  const spans = sent * size.spans;
  const expected = { requests: String(sent), costUsd: decimalText(totalOf(costs, sent)), sentSpans: String(spans), spans };
  const forwarded = sink === undefined ? expected : await sink.ask<Received>({});
  const counted = { ...(await daemon.counted()), spans: forwarded.spans };
  if (JSON.stringify(counted) !== JSON.stringify(expected))
    throw new Error(`${size.name}: ${JSON.stringify(counted)} was counted, ${JSON.stringify(expected)} was sent`);
}

/** Requests take the costs in turn. */
function totalOf(costs: readonly bigint[], requests: number): bigint {
  return costs.reduce((sum, cost, index) => sum + cost * BigInt(Math.ceil((requests - index) / costs.length)), 0n);
}
