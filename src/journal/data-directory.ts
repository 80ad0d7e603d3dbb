/** Looks at what lies in the data directory: segments, snapshots, leftovers, and what is not ours. */
import type { Logger } from '../component/contract.ts';
import { type Disk, isFull, readWhole } from './disk.ts';
import { JournalError } from './journal-error.ts';
import type { Segment } from './log.ts';
import { decodeSegmentHeader, firstOf, type JournalIdentity, LOG_FOLDER, SEGMENT_HEADER_BYTES, segmentPath } from './segment.ts';
import { numberOf, readSnapshot, type Snapshot, snapshotPath } from './snapshot-file.ts';

export const QUARANTINE_FOLDER = 'quarantine';
const OURS = new Set(['reserve', 'lock.db', 'lock.db-journal', 'lock.db-wal', 'lock.db-shm']);

export type DataDirectory = Readonly<{
  /** Undefined: nothing was ever written here. */
  identity: JournalIdentity | undefined;
  segments: readonly Segment[];
  /** Newest first; those that are whole. */
  snapshots: readonly Snapshot[];
  /** Snapshots that were there and are not whole. */
  damagedSnapshots: number;
  /** Segments whose header is not what was written; their records may still be read. */
  damagedSegments: readonly number[];
}>;

export async function openDataDirectory(disk: Disk, logger: Logger): Promise<DataDirectory> {
  try {
    await disk.makeDir(LOG_FOLDER);
    await disk.makeDir(QUARANTINE_FOLDER);
    await disk.syncDir('.');
    const names = await disk.list(LOG_FOLDER);
    await removeLeftovers(disk, names);
    const { snapshots, damaged } = await readSnapshots(disk, names, logger);
    const found = await readSegments(disk, names, logger, snapshots[0]?.identity);
    for (const name of names) {
      if (firstOf(name) === undefined && numberOf(name) === undefined && !name.endsWith('.tmp') && !OURS.has(name)) {
        logger.warn('a file in the journal is not ours; it is left alone', { file: `${LOG_FOLDER}/${name}` });
      }
    }
    return { ...found, snapshots: snapshots.filter((one) => isSame(one.identity, found.identity)), damagedSnapshots: damaged };
  } catch (error) {
    if (isFull(error)) throw new JournalError(1, 'cannot use the data directory: it cannot be written', error);
    throw error;
  }
}

/** A copy, once: the same damage may be met again at every start. */
export async function quarantine(disk: Disk, path: string): Promise<void> {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if ((await disk.list(QUARANTINE_FOLDER)).includes(name)) return;
  const bytes = await readWhole(disk, path);
  const file = await disk.open(`${QUARANTINE_FOLDER}/${name}`, 'create');
  try {
    await file.write([bytes], 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.syncDir(QUARANTINE_FOLDER);
}

/** What a crash left half made. */
async function removeLeftovers(disk: Disk, names: readonly string[]): Promise<void> {
  for (const name of names) if (name.endsWith('.tmp')) await disk.unlink(`${LOG_FOLDER}/${name}`);
}

async function readSnapshots(disk: Disk, names: readonly string[], logger: Logger) {
  const snapshots: Snapshot[] = [];
  let damaged = 0;
  for (const name of names.toSorted().toReversed()) {
    const number = numberOf(name);
    if (number === undefined) continue;
    const path = snapshotPath(number);
    const snapshot = await readSnapshot(disk, number);
    if (snapshot !== undefined) {
      snapshots.push(snapshot);
      continue;
    }
    damaged += 1;
    logger.error('a snapshot is damaged; it is kept in quarantine', { file: path });
    await quarantine(disk, path);
    await disk.unlink(path);
  }
  return { snapshots, damaged };
}

async function readSegments(
  disk: Disk,
  names: readonly string[],
  logger: Logger,
  known: JournalIdentity | undefined,
): Promise<Pick<DataDirectory, 'identity' | 'segments' | 'damagedSegments'>> {
  let identity = known;
  const segments: Segment[] = [];
  const damaged: number[] = [];
  for (const name of names.toSorted()) {
    const first = firstOf(name);
    if (first === undefined) continue;
    const { bytes, header } = await readHead(disk, segmentPath(first));
    identity ??= header?.identity;
    if (header !== undefined && (!isSame(header.identity, identity) || header.first !== first)) {
      logger.warn('a segment is of another journal; it is left alone', { file: segmentPath(first) });
      continue;
    }
    // One without a header and without content was never used: a crash came between its name and its header.
    if (header === undefined && bytes > SEGMENT_HEADER_BYTES) damaged.push(first);
    segments.push({ first, bytes });
  }
  return { identity, segments, damagedSegments: damaged };
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
