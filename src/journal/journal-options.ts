/** What a journal on disk is told and lent. */
import type { Diagnostics, Logger } from '../component/contract.ts';
import type { Disk } from './disk.ts';
import type { Unlock } from './lock.ts';

/** Runs something once, later; the result takes that back. */
export type Alarm = (ms: number, run: () => void) => () => void;

export type DiskJournalOptions = Readonly<{
  disk: Disk;
  /** Keeps other processes out, or throws a JournalError. */
  lock: () => Promise<Unlock>;
  /** Of all segments; over it the oldest of what is not sent goes. */
  maxBytes: number;
  segmentBytes: number;
  /** To leave free for others; undefined: 512 MiB or 5 % of the file system. */
  minFreeBytes: number | undefined;
  reserveBytes: number;
  /** A snapshot is taken after so much log, or twice the size of the last one if that is more. */
  snapshotBytes: number;
  /** Newest distinct spans to recognise. */
  maxSpans: number;
  now: () => number;
  after: Alarm;
  randomBytes: (count: number) => Buffer;
  diagnostics: Diagnostics;
  logger: Logger;
  /** The disk failed: nothing more is taken; the error has the exit code. */
  fail: (error: Error) => void;
}>;
