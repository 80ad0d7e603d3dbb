/** Keeps a second process out of the data directory by a lock of the kernel, which goes with its process. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { JournalError } from './journal-error.ts';
import { LOG_FOLDER } from './segment.ts';

/** Releases it. */
export type Unlock = () => void;

const SQLITE_BUSY = 5;
const OWNER_ONLY = 0o600;

/** The folder of the log is there. A process id in a file would not do: two containers on one volume are both process 1. */
export async function lockDirectory(directory: string): Promise<Unlock> {
  const path = join(directory, LOG_FOLDER, 'lock.db');
  await (await open(path, 'a', OWNER_ONLY)).close(); // SQLite would let everybody read it
  const { DatabaseSync } = await import('node:sqlite');
  try {
    const database = new DatabaseSync(path);
    // Nothing is ever written: a full disk is no reason not to get the lock.
    database.exec('PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    return () => database.close();
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) {
      const remedy = 'each daemon needs a folder of its own: --data-dir or service.journal.directory';
      throw new JournalError(1, `cannot use "${directory}" for the journal: another process has it open; ${remedy}`, error);
    }
    throw new JournalError(1, `cannot lock "${path}": ${error instanceof Error ? error.message : error}`, error);
  }
}
