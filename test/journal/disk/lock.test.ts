/** One process at a time: the kernel says who has the data directory. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { JournalError } from '../../../src/journal/journal-error.ts';
import { lockDirectory } from '../../../src/journal/lock.ts';
import { NodeDisk } from '../../../src/journal/node-disk.ts';
import { openJournal } from '../../../src/journal/open.ts';
import { temporaryFolder } from '../../helpers/disk-journal.ts';
import { never } from '../../helpers/journal-rig.ts';
import { Observer } from '../../helpers/observer.ts';

describe('the lock', () => {
  it('refuses a second one, naming the folder, until the first is released', async () => {
    const folder = temporaryFolder();
    await new NodeDisk(folder).makeDir('journal');
    const unlock = await lockDirectory(folder);
    await assert.rejects(lockDirectory(folder), (error) => {
      return error instanceof JournalError && error.exitCode === 1 && error.message.includes(folder);
    });
    unlock();
    (await lockDirectory(folder))();
  });

  it('cannot be had where the folder is a file or below one', async () => {
    for (const directory of ['/dev/null', '/dev/null/below']) {
      const { logger, diagnostics, now } = new Observer().context('journal');
      const settings = { maxBytes: 1e6, segmentBytes: 1e6, minFreeBytes: 0, maxSpans: 10 };
      const journal = openJournal({ directory, ...settings, now, logger, diagnostics, fail: () => undefined });
      await assert.rejects(journal.start(), (error) => error instanceof JournalError && error.exitCode === 1);
      await journal.close(never);
    }
  });
});
