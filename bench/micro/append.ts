/** Requests to a journal, 64 at a time, from their bytes on; beside the same without a journal. */
import { bench, summary } from 'mitata';
import type { Fold } from '../../src/component/contract.ts';
import type { Journal } from '../../src/journal/contract.ts';
import { MemoryJournal } from '../../src/journal/memory.ts';
import { openJournal } from '../../src/journal/open.ts';
import { BODIES } from '../bodies.ts';
import { benchFolder } from '../folder.ts';
import { requestsOf } from './requests.ts';

const TOGETHER = 64;
const diagnostics = { count() {}, record() {} };
const logger = { error: console.error, warn() {}, info() {}, debug() {}, show() {} };
const lent = { maxBytes: 2 ** 30, maxSpans: 1_000_000, now: Date.now, diagnostics, logger };
const nothing: Fold = { id: 'none', fingerprint: '1', apply() {}, save: () => new Uint8Array(), load() {} };

export async function append(): Promise<() => Promise<void>> {
  const journals: Journal[] = [];
  for (const body of BODIES) {
    const [memory, disk] = [await started(new MemoryJournal(lent)), await started(onDisk())];
    journals.push(memory, disk);
    const { decoded } = requestsOf(body);
    const together = async (take: () => Promise<unknown>) => {
      await Promise.all(Array.from({ length: TOGETHER }, take));
    };
    const taking = (journal: Journal) => () => together(() => journal.append([{ batch: decoded(), pipelines: ['traces'] }]));
    summary(() => {
      bench(`decode ${TOGETHER} × ${body.name}`, () => together(async () => decoded()));
      bench(`append ${TOGETHER} × ${body.name}, memory`, taking(memory));
      bench(`append ${TOGETHER} × ${body.name}, disk`, taking(disk));
    });
  }
  return async () => {
    for (const journal of journals) await journal.close(AbortSignal.timeout(5_000));
  };
}

function onDisk(): Journal {
  const fail = (error: Error) => {
    throw error;
  };
  return openJournal({ directory: benchFolder('append'), segmentBytes: 64 * 2 ** 20, minFreeBytes: 0, fail, ...lent });
}

async function started(journal: Journal): Promise<Journal> {
  journal.bind({ folds: [{ connector: 'none', pipelines: new Set(['traces']), fold: nothing }], readers: [] });
  await journal.start();
  return journal;
}
