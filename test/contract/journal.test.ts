/** What every implementation of the journal must hold, whatever it is kept on. */
import { after, describe } from 'node:test';
import type { Journal } from '../../src/journal/contract.ts';
import { MemoryJournal } from '../../src/journal/memory.ts';
import { NodeDisk } from '../../src/journal/node-disk.ts';
import { diskJournal, temporaryFolder } from '../helpers/disk-journal.ts';
import { type JournalOptions, never } from '../helpers/journal-rig.ts';
import { Observer } from '../helpers/observer.ts';
import { journalAppend } from './journal/append.ts';
import { journalDedupe } from './journal/dedupe.ts';
import { journalFolds } from './journal/folds.ts';
import { journalLimit } from './journal/limit.ts';
import { journalReaders } from './journal/readers.ts';

type Opened = Readonly<{ journal: Journal; observer: Observer }>;
type Implementation = Readonly<{ name: string; open: (options: Partial<JournalOptions>) => Opened }>;

const IMPLEMENTATIONS: readonly Implementation[] = [
  {
    name: 'memory',
    open(options) {
      const observer = new Observer();
      const now = options.now ?? (() => 1000);
      const { logger, diagnostics } = observer.context('journal', now);
      const journal = new MemoryJournal({ maxBytes: 2 ** 30, maxSpans: 1000, ...options, now, logger, diagnostics });
      return { journal, observer };
    },
  },
  {
    name: 'disk',
    open(options) {
      // Several segments, so that the oldest can go.
      const segmentBytes = options.maxBytes === undefined ? 2 ** 20 : Math.floor(options.maxBytes / 4);
      return diskJournal({ disk: new NodeDisk(temporaryFolder()), segmentBytes, ...options });
    },
  },
];

for (const { name, open } of IMPLEMENTATIONS) {
  describe(`journal on ${name}`, () => {
    const opened: Journal[] = [];
    after(() => Promise.all(opened.map((journal) => journal.close(never))));
    for (const suite of [journalAppend, journalDedupe, journalFolds, journalReaders, journalLimit]) {
      suite(async (options = {}) => {
        const { journal, observer } = open(options);
        await journal.start();
        opened.push(journal);
        observer.lines.length = 0;
        return { journal, observer };
      });
    }
  });
}
