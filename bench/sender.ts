/** A sender in Node, a process of its own: keeps connections busy for a while, or sends so many requests, as fast as it can or is told. */
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from './connection.ts';
import { freshen } from './fresh-ids.ts';
import type { Job, Sent } from './load.ts';
import { readTemplates } from './templates.ts';

/** `count`: end after so many. `perSecond`: begin no more, and only while an answer is awaited by less than all connections. */
export type SenderJob = Job & Readonly<{ count?: number; perSecond?: number }>;

let stopped = false;
process.on('message', (job: SenderJob | 'stop') => {
  if (job === 'stop') stopped = true;
  else void send(job).then((sent) => process.send?.(sent));
});
process.on('disconnect', () => process.exit());
process.send?.({ ready: true });

/** Resolves when every request that was sent has its answer. */
async function send(job: SenderJob): Promise<Sent> {
  const { port, templates, connections, seconds, seed, first, series = 1, count = Number.POSITIVE_INFINITY } = job;
  const requests = readTemplates(templates);
  const waitsMs: number[] = [];
  let [nth, refused] = [first, 0];
  const open = await Promise.all(Array.from({ length: connections }, () => Connection.open(port)));
  const beganMs = performance.now();
  const deadlineMs = beganMs + seconds * 1000;
  await Promise.all(
    open.map(async (connection) => {
      while (!stopped && performance.now() < deadlineMs && nth < first + count) {
        const number = nth++;
        const dueMs = job.perSecond === undefined ? performance.now() : beganMs + ((number - first) * 1000) / job.perSecond;
        if (dueMs > performance.now()) await sleep(dueMs - performance.now());
        const { bytes, ids } = requests[number % requests.length]!;
        const status = await connection.exchange(bytes, (copy) => freshen(copy, ids, { seed, series }, number));
        waitsMs.push(performance.now() - dueMs); // what waits for a connection waits for the daemon
        if (status !== 200) refused += 1;
      }
    }),
  );
  const elapsedMs = performance.now() - beganMs;
  for (const connection of open) connection.close();
  waitsMs.sort((a, b) => a - b);
  const waitMs = (share: number) => waitsMs[Math.min(waitsMs.length - 1, Math.floor(waitsMs.length * share))] ?? 0;
  const waits = { p50Ms: waitMs(0.5), p99Ms: waitMs(0.99), maxMs: waitMs(1) };
  return { requests: nth - first, seconds: elapsedMs / 1000, ...waits, refused };
}
