/** Keeps a second process out of the data directory by a lock of the kernel, which goes with its process. */
import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { JournalError } from './journal-error.ts';
import { giveToOwner } from './node-disk.ts';
import { LOG_FOLDER } from './segment.ts';

/** Releases it. */
export type Unlock = () => void;

const SQLITE_BUSY = 5;
const OWNER_ONLY = 0o600;

/** The folder of the log is there. A process id in a file would not do: two containers on one volume are both process 1. */
export async function lockDirectory(directory: string): Promise<Unlock> {
  const path = join(directory, LOG_FOLDER, 'lock.db');
  const file = await open(path, 'a', OWNER_ONLY); // SQLite would let everybody read it
  try {
    await giveToOwner(file, directory);
  } finally {
    await file.close();
  }
  const { DatabaseSync } = await import('node:sqlite');
  try {
    const database = new DatabaseSync(path);
    // Who looks whether it is locked has it for a moment. Nothing is ever written: a full disk is no reason not to get the lock.
    database.exec('PRAGMA busy_timeout = 1000; PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    return () => database.close();
  } catch (error) {
    if (isBusy(error)) {
      const remedy = 'each daemon needs a folder of its own: --data-dir or service.journal.directory';
      throw new JournalError(1, `cannot use "${directory}" for the journal: another process has it open; ${remedy}`);
    }
    throw new JournalError(1, `cannot lock "${path}": ${error instanceof Error ? error.message : error}`, error);
  }
}

/** Whether a daemon, or a repair, has it now. */
export async function isLocked(directory: string): Promise<boolean> {
  const path = join(directory, LOG_FOLDER, 'lock.db');
  if (!existsSync(path)) return false;
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    database.exec('SELECT * FROM sqlite_schema');
    return false;
  } catch (error) {
    if (isBusy(error)) return true;
    throw error;
  } finally {
    database.close();
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}
