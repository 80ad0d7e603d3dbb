/** Measures how long a start takes with what an outage has left: `node bench/journal/start.ts`. */
import { benchFolder } from '../folder.ts';
import { append, fillWindow, KEYS, MIB, SERIES, startJournal } from './large-journal.ts';

const STARTS = 3;
const IN_FLIGHT = 16;

/** What a crash leaves: nothing is closed. */
async function grow(directory: string, bytes: number, bodyBytes: number, window: boolean): Promise<void> {
  const journal = await startJournal({ directory, readers: ['tempo'] });
  if (window) await fillWindow(journal);
  if (window) await journal.close(new AbortController().signal);
  const grown = window ? await startJournal({ directory, readers: ['tempo'], snapshotBytes: 2 ** 40 }) : journal;
  for (let written = 0; written < bytes; written += IN_FLIGHT * bodyBytes) {
    await Promise.all(Array.from({ length: IN_FLIGHT }, () => append(grown, 3, bodyBytes)));
  }
  await grown.close(AbortSignal.abort());
}

async function measure(name: string, bytes: number, bodyBytes: number, window: boolean): Promise<void> {
  const directory = benchFolder('start');
  await grow(directory, bytes, bodyBytes, window);
  for (let start = 0; start < STARTS; start++) {
    const cpu = process.cpuUsage();
    const beganMs = performance.now();
    const journal = await startJournal({ directory, readers: ['tempo'], snapshotBytes: 2 ** 40 });
    const ms = performance.now() - beganMs;
    const { user, system } = process.cpuUsage(cpu);
    const { records, durationMs } = journal.recovery ?? { records: 0, durationMs: 0 };
    const cost = `${ms.toFixed(0)} ms, ${((user + system) / 1000).toFixed(0)} ms CPU, of that recovery ${durationMs.toFixed(0)} ms`;
    console.log(`${name}: ${cost}; ${((journal.recovery?.bytes ?? 0) / MIB).toFixed(0)} MiB of log, ${records} records replayed`);
    await journal.close(AbortSignal.abort());
  }
}

await measure(`${KEYS} keys, ${SERIES} series, 64 MiB after the snapshot`, 64 * MIB, 8_000, true);
await measure('1 GiB that waits for a destination, 8 KB each', 1024 * MIB, 8_000, false);
