/** Starts journals on a disk for tests, a real folder or a model, as one process after the other would. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { DiskJournal } from '../../src/journal/journal.ts';
import type { DiskJournalOptions } from '../../src/journal/journal-options.ts';
import { Observer } from './observer.ts';

/** Goes with the test file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'spanmeter-journal-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

type Given = Partial<DiskJournalOptions> & Pick<DiskJournalOptions, 'disk'>;

/** Small enough for tests, and told apart from what a daemon would take. */
export function diskJournal(given: Given): Readonly<{ journal: DiskJournal; observer: Observer }> {
  const observer = new Observer();
  const now = given.now ?? (() => 1000);
  const { logger, diagnostics } = observer.context('journal', now);
  const journal = new DiskJournal({
    lock: async () => () => undefined,
    maxBytes: 2 ** 30,
    segmentBytes: 2 ** 20,
    minFreeBytes: 0,
    reserveBytes: 0,
    snapshotBytes: 2 ** 26,
    maxSpans: 1000,
    now,
    after(ms, run) {
      const timer = setTimeout(run, ms);
      timer.unref();
      return () => clearTimeout(timer);
    },
    randomBytes: (count) => Buffer.alloc(count, 7),
    logger,
    diagnostics,
    fail: (error) => observer.failures.push(error),
    ...given,
  });
  return { journal, observer };
}
