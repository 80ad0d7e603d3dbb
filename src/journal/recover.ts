/** Finds out what a log holds after whatever ended the last process, and begins a new segment behind it. */
import type { Damages } from './damages.ts';
import type { DataDirectory } from './data-directory.ts';
import type { Disk } from './disk.ts';
import { JournalError } from './journal-error.ts';
import type { Log } from './log.ts';
import type { GraphPayload } from './payload.ts';
import { type JournalIdentity, LOG_FOLDER, rewriteSegment, type SegmentFile, segmentPath } from './segment.ts';
import { lowestPosition, type Snapshot } from './snapshot-file.ts';
import { Survivors } from './survivors.ts';

export type Survey = Readonly<{
  snapshot: Snapshot | undefined;
  /** Where to replay from. */
  position: number;
  /** The newest record. */
  seq: number;
  synced: number;
  records: number;
  batchBytes: number;
  /** In order; each takes effect after its `since`. */
  graphs: readonly GraphPayload[];
  /** Records that had been acknowledged and are lost. */
  corrupt: number;
  /** Bytes of records that nobody was told of and that a crash cut. */
  torn: number;
  /** Of the records behind `synced` those that do not count: of requests that a crash has cut in two. */
  partial: ReadonlySet<number>;
  /** As they are to be written again. */
  tail: readonly Uint8Array[];
}>;

/** Reads on from the newest snapshot and judges what is missing. Changes nothing but the quarantine. */
export async function survey(damages: Damages, directory: DataDirectory, log: Log, key: number): Promise<Survey> {
  const [snapshot] = directory.snapshots;
  const position = snapshot === undefined ? 0 : lowestPosition(snapshot.sections);
  if (snapshot === undefined && !reachesBack(directory, log)) throw unreadable();
  for (const { number } of directory.damagedSnapshots) await damages.tellSnapshot(number);
  const seen = new Survivors(log, position, snapshot, key);
  for await (const page of log.pagesAround(position)) for (const record of page) seen.see(record);
  seen.end();
  const { synced, seq, records, batchBytes, graphs, partial, tail, lost, tornBytes: torn } = seen;
  for (const gap of lost) await damages.tell(gap);
  for (const first of directory.damagedSegments) await damages.tellHeader(first);
  const corrupt = lost.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  return { snapshot, position, seq, synced, records, batchBytes, graphs, partial, corrupt, torn, tail };
}

/** All that ever happened can be read from the log. */
function reachesBack({ identity, damagedSnapshots, damagedSegments }: DataDirectory, log: Log): boolean {
  const [oldest] = log.segments;
  if (oldest === undefined) return damagedSnapshots.length === 0;
  return oldest.first === 1 && (identity !== undefined || damagedSegments.length === 0);
}

/** What was not known to be durable is written again; the segment is the open end of the log from now on. */
export async function beginSegment(disk: Disk, identity: JournalIdentity, log: Log, survey: Survey): Promise<SegmentFile> {
  const first = survey.synced + 1;
  const segment = await rewriteSegment(disk, { identity, first }, survey.tail);
  // Newer ones hold nothing but records that have just been written again. If one came back, it would end this one early.
  const newer = log.segments.filter((other) => other.first > first);
  for (const other of newer) {
    await disk.unlink(segmentPath(other.first));
    log.remove(other.first);
  }
  if (newer.length > 0) await disk.syncDir(LOG_FOLDER);
  log.remove(first);
  log.grow(first, segment.size);
  return segment;
}

function unreadable(): JournalError {
  const remedy = 'restore a backup of the data directory, or run "spanmeter journal repair --accept-loss"';
  return new JournalError(
    65,
    `cannot read the journal: no snapshot is whole and the log does not reach back to its start; ${remedy}`,
  );
}
