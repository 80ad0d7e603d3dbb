/** What every implementation of the journal must hold, whatever it is kept on. */
import { describe } from 'node:test';
import type { Journal } from '../../src/journal/contract.ts';
import { MemoryJournal } from '../../src/journal/memory.ts';
import type { JournalOptions } from '../helpers/journal-rig.ts';
import { Observer } from '../helpers/observer.ts';
import { journalAppend } from './journal/append.ts';
import { journalDedupe } from './journal/dedupe.ts';
import { journalFolds } from './journal/folds.ts';
import { journalLimit } from './journal/limit.ts';
import { journalReaders } from './journal/readers.ts';

type Implementation = Readonly<{ name: string; open: (options: JournalOptions) => Journal }>;

const IMPLEMENTATIONS: readonly Implementation[] = [{ name: 'memory', open: (options) => new MemoryJournal(options) }];

for (const { name, open } of IMPLEMENTATIONS) {
  describe(`journal in ${name}`, () => {
    for (const suite of [journalAppend, journalDedupe, journalFolds, journalReaders, journalLimit]) {
      suite((options = {}) => {
        const observer = new Observer();
        const now = options.now ?? (() => 1000);
        const { logger, diagnostics } = observer.context('journal', now);
        const journal = open({ maxBytes: 2 ** 30, maxSpans: 1000, ...options, now, logger, diagnostics });
        return { journal, observer };
      });
    }
  });
}
