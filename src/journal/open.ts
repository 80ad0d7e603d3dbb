/** The journal on disk as a daemon has it: in a folder, with timers, random numbers and a lock of its own. */
import { randomBytes } from 'node:crypto';
import { type DeadLetterHost, DeadLetterLog } from './dead-letter-log.ts';
import { DiskJournal } from './journal.ts';
import { JournalError } from './journal-error.ts';
import type { Alarm, DiskJournalOptions } from './journal-options.ts';
import { lockDirectory } from './lock.ts';
import { Losses } from './losses.ts';
import { NodeDisk } from './node-disk.ts';
import { LOG_FOLDER } from './segment.ts';

export type FolderJournalOptions = Readonly<{ directory: string }> &
  Pick<
    DiskJournalOptions,
    'maxBytes' | 'segmentBytes' | 'minFreeBytes' | 'maxSpans' | 'now' | 'diagnostics' | 'logger' | 'fail'
  > &
  Partial<Pick<DiskJournalOptions, 'reserveBytes' | 'snapshotBytes'>>;

const MIB = 1_048_576;

/** Opens nothing before its start. */
export function openJournal({ directory, ...options }: FolderJournalOptions): DiskJournal {
  const disk = new NodeDisk(directory);
  return new DiskJournal({
    disk,
    async lock() {
      await prepare(disk, directory);
      return lockDirectory(directory);
    },
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
  return new DeadLetterLog({ disk: new NodeDisk(directory), losses: new Losses(lent), randomBytes, ...lent });
}

async function prepare(disk: NodeDisk, directory: string): Promise<void> {
  try {
    await disk.makeDir(LOG_FOLDER);
  } catch (error) {
    throw new JournalError(
      1,
      `cannot use "${directory}" for the journal: ${error instanceof Error ? error.message : error}`,
      error,
    );
  }
}

const after: Alarm = (ms, run) => {
  const timer = setTimeout(run, ms);
  timer.unref();
  return () => clearTimeout(timer);
};
