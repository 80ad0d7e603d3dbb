/** Makes the journal that a plan asks for, and the place for what destinations refuse; both outlive every reload. */
import type { Diagnostics } from '../component/contract.ts';
import type { Journal } from '../journal/contract.ts';
import type { DeadLetterLog } from '../journal/dead-letter-log.ts';
import { MemoryJournal } from '../journal/memory.ts';
import { openDeadLetters, openJournal } from '../journal/open.ts';
import type { GraphHost } from './host.ts';
import type { Plan } from './plan.ts';

/** `deadLetters` is undefined where they are only counted. */
export type Storage = Readonly<{ journal: Journal; deadLetters: DeadLetterLog | undefined }>;

export function createStorage({ journal }: Plan, host: GraphHost): Storage {
  const { maxBytes, maxSpans, segmentBytes, minFreeBytes } = journal;
  const { now, diagnostics, dataDirectory } = host;
  const logger = host.logger.forComponent('journal');
  const lent = { now, diagnostics, logger };
  if (journal.storage === 'memory') {
    return { journal: new MemoryJournal({ maxBytes, maxSpans, ...lent }), deadLetters: undefined };
  }
  if (dataDirectory === undefined) throw new Error('cannot keep a journal on disk: no folder was found for it');
  const fail = (error: Error) => host.fail('journal', error);
  return {
    journal: openJournal({ directory: dataDirectory, maxBytes, maxSpans, segmentBytes, minFreeBytes, fail, ...lent }),
    deadLetters: openDeadLetters({ directory: dataDirectory, ...lent }),
  };
}

/** Says nothing while records of an earlier process are counted again: what is odd about them was told then. */
export function silentDuringReplay(diagnostics: Diagnostics, journal: Journal): Diagnostics {
  return {
    count(name, labels, amount) {
      if (!journal.replaying) diagnostics.count(name, labels, amount);
    },
    record(name, labels, value) {
      if (!journal.replaying) diagnostics.record(name, labels, value);
    },
  };
}
