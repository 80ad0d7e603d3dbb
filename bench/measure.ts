/** One measurement: a program under load for a while, until nothing of it is left to do. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Body } from './body.ts';
import type { Contestant, Running } from './contestant.ts';
import { type Job, load, type Sent } from './load.ts';

export type Measured = Readonly<{
  requests: number;
  /** Answered while the load was there. */
  perSecond: number;
  /** The same until the destination had it all. */
  deliveredPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** Per request, what came after the load included; of all threads. */
  cpuMicros: number;
  writtenBytes: number;
  /** Share of its core that was used under load: below 1 something else set the pace. */
  busy: number;
  refused: number;
}>;

/** A program that stays up over several measurements. */
export type Measurable = Readonly<{ contestant: Contestant; running: Running; body: Body }> & {
  /** Requests so far: the number of the next. */
  sent: number;
};

export type Work = Omit<Job, 'port' | 'first'>;

/** What is sent on later is part of the work: its cost counts. */
export async function measure(measurable: Measurable, work: Work): Promise<Measured> {
  const { contestant, running, sent: first } = measurable;
  const { program, sink, port } = running;
  await sink?.tell('forget');
  const [cpuBefore, writtenBefore] = [program.cpuSeconds, program.writtenBytes];
  const beganMs = Date.now();
  const sent = await load({ ...work, port, first, series: contestant.series ?? 1 });
  const cpuUnderLoad = program.cpuSeconds - cpuBefore;
  measurable.sent += sent.requests;
  const deliveredMs = sink === undefined ? 0 : await untilDelivered(measurable, sent);
  const { requests, refused, p50Ms, p99Ms } = sent;
  return {
    requests,
    perSecond: requests / sent.seconds,
    deliveredPerSecond: requests / Math.max(sent.seconds, (deliveredMs - beganMs) / 1000),
    p50Ms,
    p99Ms,
    cpuMicros: ((program.cpuSeconds - cpuBefore) * 1e6) / requests,
    writtenBytes: (program.writtenBytes - writtenBefore) / requests,
    busy: cpuUnderLoad / sent.seconds,
    refused,
  };
}

const LOOK_MS = 50;
const PATIENCE_MS = 120_000;
/** Longer than anything is held back before it is sent. */
const QUIET_MS = 1_500;

/** Resolves with the time at which the last span was there; each must come that was taken. */
async function untilDelivered({ contestant, running: { sink }, body }: Measurable, { requests, refused }: Sent): Promise<number> {
  const wanted = (requests - refused) * body.spans;
  const deadlineMs = Date.now() + PATIENCE_MS;
  for (;;) {
    const { spans, copies, lastMs } = await sink!.tell('count');
    // What was refused may have been sent on all the same, where a request has several roads.
    const complete = refused > 0 ? Date.now() - lastMs > QUIET_MS : spans === wanted && copies >= wanted * contestant.copies;
    if (complete) return lastMs;
    if ((refused === 0 && spans > wanted) || Date.now() > deadlineMs)
      throw new Error(`${contestant.name}: ${spans} spans arrived, ${wanted} were sent`);
    await sleep(LOOK_MS);
  }
}
