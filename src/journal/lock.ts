/** Keeps a second process out of the data directory by a lock of the kernel, which goes with its process. */
import { join } from 'node:path';
import { JournalError } from './journal-error.ts';
import { LOG_FOLDER } from './segment.ts';

/** Releases it. */
export type Unlock = () => void;

const SQLITE_BUSY = 5;

/** The folder of the log is there. A process id in a file would not do: two containers on one volume are both process 1. */
export async function lockDirectory(directory: string): Promise<Unlock> {
  const { DatabaseSync } = await import('node:sqlite');
  try {
    const database = new DatabaseSync(join(directory, LOG_FOLDER, 'lock.db'));
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    return () => database.close();
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) {
      throw new JournalError(1, `cannot use "${directory}": another process has it open`, error);
    }
    throw new JournalError(1, `cannot use "${directory}": ${error instanceof Error ? error.message : error}`, error);
  }
}
