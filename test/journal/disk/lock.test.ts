/** One process at a time: the kernel says who has the data directory. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { JournalError } from '../../../src/journal/journal-error.ts';
import { lockDirectory } from '../../../src/journal/lock.ts';
import { NodeDisk } from '../../../src/journal/node-disk.ts';
import { temporaryFolder } from '../../helpers/disk-journal.ts';

describe('the lock', () => {
  it('refuses a second one, naming the folder, until the first is released', async () => {
    const folder = temporaryFolder();
    await new NodeDisk(folder).makeDir('journal');
    const unlock = await lockDirectory(folder);
    await assert.rejects(lockDirectory(folder), (error) => {
      // What the lock is made of is nothing to a person.
      return error instanceof JournalError && error.exitCode === 1 && error.message.includes(folder) && error.cause === undefined;
    });
    unlock();
    (await lockDirectory(folder))();
  });
});
