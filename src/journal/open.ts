/** The journal on disk as a daemon has it: in a folder, with timers, random numbers and a lock of its own. */
import { randomBytes } from 'node:crypto';
import { type DeadLetterHost, DeadLetterLog } from './dead-letter-log.ts';
import { DiskJournal } from './journal.ts';
import type { Alarm, DiskJournalOptions } from './journal-options.ts';
import { lockDirectory } from './lock.ts';
import { Losses } from './losses.ts';
import { NodeDisk } from './node-disk.ts';

export type FolderJournalOptions = Readonly<{ directory: string }> &
  Pick<
    DiskJournalOptions,
    'maxBytes' | 'segmentBytes' | 'minFreeBytes' | 'maxSpans' | 'now' | 'diagnostics' | 'logger' | 'fail'
  > &
  Partial<Pick<DiskJournalOptions, 'reserveBytes' | 'snapshotBytes'>>;

const MIB = 1_048_576;

/** Opens nothing before its start. */
export function openJournal({ directory, ...options }: FolderJournalOptions): DiskJournal {
  return new DiskJournal({
    disk: new NodeDisk(directory),
    lock: () => lockDirectory(directory),
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

const after: Alarm = (ms, run) => {
  const timer = setTimeout(run, ms);
  timer.unref();
  return () => clearTimeout(timer);
};
