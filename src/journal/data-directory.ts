/** Looks at what lies in the data directory: segments, snapshots, leftovers, and what is not ours. */
import type { Logger } from '../component/contract.ts';
import { type Disk, sizeOf } from './disk.ts';
import type { Segment } from './log.ts';
import { decodeSegmentHeader, firstOf, type JournalIdentity, LOG_FOLDER, SEGMENT_HEADER_BYTES, segmentPath } from './segment.ts';
import { numberOf, readSnapshot, type Snapshot, snapshotPath } from './snapshot-file.ts';

const OURS = new Set(['reserve', 'lock.db', 'lock.db-journal', 'lock.db-wal', 'lock.db-shm']);

export type DataDirectory = Readonly<{
  /** Undefined: nothing was ever written here, or nothing of it can be told from other bytes. */
  identity: JournalIdentity | undefined;
  segments: readonly Segment[];
  /** Newest first; those that are whole. */
  snapshots: readonly Snapshot[];
  /** Those that were there and are not whole. */
  damagedSnapshots: readonly Readonly<{ number: number; bytes: number }>[];
  /** Segments whose header is not what was written; their records may still be read. */
  damagedSegments: readonly number[];
  /** Segments of another journal, and files that are no part of one. */
  foreign: readonly string[];
}>;

export async function openDataDirectory(disk: Disk, logger: Logger): Promise<DataDirectory> {
  await disk.makeDir(LOG_FOLDER);
  await disk.syncDir('.');
  await removeLeftovers(disk);
  const directory = await readDataDirectory(disk);
  for (const file of directory.foreign) logger.warn('a file in the journal is not ours; it is left alone', { file });
  return directory;
}

/** Changes nothing. Throws for a newer version. */
export async function readDataDirectory(disk: Disk): Promise<DataDirectory> {
  const names = await disk.list(LOG_FOLDER);
  const { snapshots, damaged } = await readSnapshots(disk, names);
  const { identity, segments, damagedSegments, others } = await readSegments(disk, names, snapshots[0]?.identity);
  const strange = names.filter((name) => firstOf(name) === undefined && numberOf(name) === undefined);
  return {
    identity,
    segments,
    damagedSegments,
    snapshots: snapshots.filter((one) => isSame(one.identity, identity)),
    damagedSnapshots: damaged,
    foreign: [
      ...others.map(segmentPath),
      ...strange.filter((name) => !name.endsWith('.tmp') && !OURS.has(name)).map((name) => `${LOG_FOLDER}/${name}`),
    ],
  };
}

/** What a crash left half made. */
export async function removeLeftovers(disk: Disk): Promise<void> {
  for (const name of await disk.list(LOG_FOLDER)) if (name.endsWith('.tmp')) await disk.unlink(`${LOG_FOLDER}/${name}`);
}

async function readSnapshots(disk: Disk, names: readonly string[]) {
  const snapshots: Snapshot[] = [];
  const damaged: { number: number; bytes: number }[] = [];
  for (const name of names.toSorted().toReversed()) {
    const number = numberOf(name);
    if (number === undefined) continue;
    const snapshot = await readSnapshot(disk, number);
    if (snapshot === undefined) damaged.push({ number, bytes: await sizeOf(disk, snapshotPath(number)) });
    else snapshots.push(snapshot);
  }
  return { snapshots, damaged };
}

async function readSegments(disk: Disk, names: readonly string[], known: JournalIdentity | undefined) {
  let identity = known;
  const segments: Segment[] = [];
  const damagedSegments: number[] = [];
  const others: number[] = [];
  for (const name of names.toSorted()) {
    const first = firstOf(name);
    if (first === undefined) continue;
    const { bytes, header } = await readHead(disk, segmentPath(first));
    identity ??= header?.identity;
    if (header !== undefined && (!isSame(header.identity, identity) || header.first !== first)) {
      others.push(first);
      continue;
    }
    // One without a header and without content was never used: a crash came between its name and its header.
    if (header === undefined && bytes > SEGMENT_HEADER_BYTES) damagedSegments.push(first);
    segments.push({ first, bytes });
  }
  return { identity, segments, damagedSegments, others };
}

async function readHead(disk: Disk, path: string) {
  const file = await disk.open(path, 'read');
  try {
    const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
    const got = await file.read(bytes, 0);
    return { bytes: await file.size(), header: decodeSegmentHeader(bytes.subarray(0, got)) };
  } finally {
    await file.close();
  }
}

function isSame(one: JournalIdentity, other: JournalIdentity | undefined): boolean {
  return other !== undefined && one.key === other.key && one.id.equals(other.id);
}
