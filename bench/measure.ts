/** One measurement: a program under load for a while, until nothing of it is left to do. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Job, Sent } from './load.ts';
import type { Program } from './programs.ts';
import type { Received } from './sink.ts';

export type Measured = Readonly<{
  requests: number;
  perSecond: number;
  cpuMicros: number;
  /** Share of its core that was used: below 1 it was not the program that set the pace. */
  busy: number;
}>;

/** Longer than anything is held back before it is sent. */
const QUIET_MS = 600;
const LOOK_MS = 100;

export type Target = Readonly<{ program: Program; port: number; token: string; sink?: Program }> & {
  /** Requests so far: the number of the next. */
  sent: number;
};

export type Work = Omit<Job, 'port' | 'token' | 'first'>;

/** What is sent on later is part of the work: the time goes on until the destination has it all. */
export async function measure(load: Program, target: Target, work: Work): Promise<Measured> {
  const cpuBefore = target.program.cpuSeconds;
  const sent = await load.ask<Sent>({ ...work, port: target.port, token: target.token, first: target.sent } satisfies Job);
  target.sent += sent.requests;
  const sentAtMs = performance.now();
  const lastMs = target.sink === undefined ? sentAtMs : Math.max(sentAtMs, await untilQuiet(target.sink));
  const cpuSeconds = target.program.cpuSeconds - cpuBefore;
  const seconds = sent.seconds + (lastMs - sentAtMs) / 1000;
  const refused = Object.entries(sent.byStatus).filter(([status]) => status !== '200');
  if (refused.length > 0) throw new Error(`not every request was answered 200: ${JSON.stringify(sent.byStatus)}`);
  return {
    requests: sent.requests,
    perSecond: sent.requests / seconds,
    cpuMicros: (cpuSeconds * 1e6) / sent.requests,
    busy: cpuSeconds / seconds,
  };
}

/** Resolves with the time since which nothing has come. */
async function untilQuiet(sink: Program): Promise<number> {
  let lastMs = performance.now();
  let before = -1;
  while (performance.now() - lastMs < QUIET_MS) {
    const { requests } = await sink.ask<Received>({});
    if (requests !== before) lastMs = performance.now();
    before = requests;
    await sleep(LOOK_MS);
  }
  return lastMs;
}
