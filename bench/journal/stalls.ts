/** Measures how long snapshots of a full window and many series hold up the event loop: `node bench/journal/stalls.ts`. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { benchFolder } from '../folder.ts';
import { append, fillWindow, KEYS, MIB, SERIES, startJournal } from './large-journal.ts';

const SECONDS = 8;
const EVERY_MS = 20;
/** So large that the log soon has what a snapshot waits for: twice the bytes of the last one. */
const REQUEST_BYTES = 100_000;
const REQUESTS = 8;

type Stall = Readonly<{ delayMs: number; cpuMs: number }>;

/** The most that the main thread has worked in one turn: on a busy machine a delay is also somebody else's. */
class Turns {
  longestMs = 0;
  #over = false;

  run(): void {
    let before = cpuMicros();
    const turn = () => {
      const now = cpuMicros();
      this.longestMs = Math.max(this.longestMs, (now - before) / 1000);
      before = now;
      if (!this.#over) setImmediate(turn);
    };
    turn();
  }

  stop(): void {
    this.#over = true;
  }
}

function cpuMicros(): number {
  // Node 22 cannot tell threads apart.
  const { user, system } = process.threadCpuUsage?.() ?? { user: performance.now() * 1000, system: 0 };
  return user + system;
}

async function longestStall(snapshotBytes: number): Promise<Stall> {
  const directory = benchFolder('stalls');
  const journal = await startJournal({ directory, snapshotBytes });
  await fillWindow(journal);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const turns = new Turns();
  await sleep(500);
  const untilMs = performance.now() + SECONDS * 1000;
  delay.enable();
  turns.run();
  while (performance.now() < untilMs) {
    await Promise.all(Array.from({ length: REQUESTS }, () => append(journal, 3, REQUEST_BYTES)));
    await sleep(EVERY_MS);
  }
  delay.disable();
  turns.stop();
  await journal.close(AbortSignal.abort());
  return { delayMs: delay.max / 1e6, cpuMs: turns.longestMs };
}

console.log(`${KEYS} keys, ${SERIES} series, ${REQUESTS} requests every ${EVERY_MS} ms for ${SECONDS} s; of the event loop:`);
for (const [name, bytes] of [
  ['without snapshots', 1024 * MIB],
  ['with snapshots', 1],
] as const) {
  const { delayMs, cpuMs } = await longestStall(bytes);
  console.log(`${name}: longest delay ${delayMs.toFixed(0)} ms, most work in one turn ${cpuMs.toFixed(0)} ms`);
}
