/** The journal on disk as a daemon has it: in a folder, with timers, random numbers and a lock of its own. */
import { randomBytes } from 'node:crypto';
import { type DeadLetterHost, DeadLetterLog } from './dead-letter-log.ts';
import { isFull } from './disk.ts';
import { folderFault } from './folder-fault.ts';
import { DiskJournal } from './journal.ts';
import { JournalError } from './journal-error.ts';
import type { Alarm, DiskJournalOptions } from './journal-options.ts';
import { lockDirectory, type Unlock } from './lock.ts';
import { Losses } from './losses.ts';
import { NodeDisk } from './node-disk.ts';
import { Reserve } from './reserve.ts';
import { LOG_FOLDER } from './segment.ts';

export type FolderJournalOptions = Readonly<{ directory: string }> &
  Pick<
    DiskJournalOptions,
    'maxBytes' | 'segmentBytes' | 'minFreeBytes' | 'maxSpans' | 'now' | 'diagnostics' | 'logger' | 'fail'
  > &
  Partial<Pick<DiskJournalOptions, 'reserveBytes' | 'snapshotBytes'>>;

const MIB = 1_048_576;
/** More than the first records of a process. */
const START_BYTES = 65_536;

/** Opens nothing before its start. */
export function openJournal({ directory, ...options }: FolderJournalOptions): DiskJournal {
  const disk = new NodeDisk(directory);
  return new DiskJournal({
    disk,
    lock: () => enter(disk, directory),
    reserveBytes: 64 * MIB,
    snapshotBytes: 64 * MIB,
    after,
    randomBytes,
    ...options,
  });
}

/** In the same folder, under the lock of the journal. */
export function openDeadLetters({
  directory,
  ...lent
}: Readonly<{ directory: string }> & Pick<DeadLetterHost, 'now' | 'diagnostics' | 'logger'>): DeadLetterLog {
  return new DeadLetterLog({ disk: new NodeDisk(directory), losses: new Losses(lent), after, randomBytes, ...lent });
}

/** Makes the folder, keeps others out of it and finds out whether it can be written, while a person may still be watching. */
async function enter(disk: NodeDisk, directory: string): Promise<Unlock> {
  let unlock: Unlock | undefined;
  try {
    await disk.makeDir(LOG_FOLDER);
    unlock = await lockDirectory(directory);
    await tryToWrite(disk);
    return unlock;
  } catch (error) {
    unlock?.();
    if (error instanceof JournalError) throw error;
    throw new JournalError(1, await folderFault(directory, error), error);
  }
}

/** A start on a full disk has the reserve: figures and readers go on, and whoever makes room can watch. */
async function tryToWrite(disk: NodeDisk): Promise<void> {
  try {
    await writeAndRemove(disk);
  } catch (error) {
    if (!isFull(error) || !(await new Reserve(disk, 0).giveBack())) throw error;
    await writeAndRemove(disk);
  }
}

async function writeAndRemove(disk: NodeDisk): Promise<void> {
  const path = `${LOG_FOLDER}/${randomBytes(8).toString('hex')}.tmp`;
  const file = await disk.open(path, 'create');
  try {
    await file.write([Buffer.alloc(START_BYTES)], 0);
  } finally {
    await file.close();
    await disk.unlink(path);
  }
}

const after: Alarm = (ms, run) => {
  const timer = setTimeout(run, ms);
  timer.unref();
  return () => clearTimeout(timer);
};
