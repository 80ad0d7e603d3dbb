/** Finds out what a log holds after whatever ended the last process, and begins a new segment behind it. */
import type { Logger } from '../component/contract.ts';
import { type DataDirectory, quarantine } from './data-directory.ts';
import type { Disk } from './disk.ts';
import { JournalError } from './journal-error.ts';
import type { Log, Segment } from './log.ts';
import type { LogRecord } from './log-records.ts';
import { decodeGraph, type GraphPayload } from './payload.ts';
import { encodeRecord, RECORD_TYPE } from './record.ts';
import {
  type JournalIdentity,
  LOG_FOLDER,
  rewriteSegment,
  SEGMENT_HEADER_BYTES,
  type SegmentFile,
  segmentPath,
} from './segment.ts';
import { lowestPosition, type Snapshot } from './snapshot-file.ts';

export type Survey = Readonly<{
  snapshot: Snapshot | undefined;
  /** Where to replay from. */
  position: number;
  /** The newest record. */
  seq: number;
  synced: number;
  records: number;
  /** In order; each takes effect after its `since`. */
  graphs: readonly GraphPayload[];
  /** Records that had been acknowledged and are lost. */
  corrupt: number;
  /** Bytes of records that nobody was told of and that a crash cut. */
  torn: number;
  /** As they are to be written again. */
  tail: readonly Uint8Array[];
}>;

type Gap = Readonly<{ from: number; to: number; segment: number; offset: number }>;

/** Reads on from the newest snapshot and judges what is missing. Changes nothing but the quarantine. */
export async function survey(disk: Disk, directory: DataDirectory, log: Log, key: number, logger: Logger): Promise<Survey> {
  const [snapshot] = directory.snapshots;
  const position = snapshot === undefined ? 0 : lowestPosition(snapshot.sections);
  if (snapshot === undefined && !reachesBack(directory, log)) throw unreadable();
  const seen = new Survivors(position, snapshot, key);
  for await (const page of log.pages(position)) for (const record of page) seen.see(record);
  seen.end();
  const { synced, seq, records, graphs, tail } = seen;
  const lost = seen.gaps.filter(({ from }) => from <= synced).map((gap) => ({ ...gap, to: Math.min(gap.to, synced) }));
  for (const gap of lost) await report(disk, gap, logger);
  for (const first of directory.damagedSegments) await quarantine(disk, segmentPath(first));
  const corrupt = lost.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  return { snapshot, position, seq, synced, records, graphs, corrupt, torn: seen.tornBytes(log.segments), tail };
}

/** All that ever happened can be read from the log. */
function reachesBack({ damagedSnapshots }: DataDirectory, log: Log): boolean {
  const [oldest] = log.segments;
  return oldest === undefined ? damagedSnapshots === 0 : oldest.first === 1;
}

async function report(disk: Disk, { from, to, segment, offset }: Gap, logger: Logger): Promise<void> {
  const fields = { file: segmentPath(segment), offset, first_record: from, records: to - from + 1 };
  logger.error('records of the journal are damaged; the file is kept in quarantine', fields);
  await quarantine(disk, segmentPath(segment));
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

/** Collects, record by record, what the verdict needs. */
class Survivors {
  seq: number;
  /** What is older than this was durable, by the word of a later record or of a snapshot. */
  synced: number;
  records = 0;
  readonly graphs: GraphPayload[] = [];
  #gaps: Gap[] = [];
  #end = { segment: 0, offset: SEGMENT_HEADER_BYTES };
  #unsynced: Readonly<{ seq: number; bytes: Uint8Array }>[] = [];
  #damaged: Gap[] = [];

  readonly #key: number;

  constructor(position: number, snapshot: Snapshot | undefined, key: number) {
    this.#key = key;
    this.seq = position;
    this.synced = Math.max(0, ...(snapshot?.sections ?? []).map((section) => section.position));
  }

  see({ seq, synced, type, bytes, payload, intact, segment, offset }: LogRecord): void {
    if (!intact) {
      this.#damaged.push({ from: seq, to: seq, segment, offset });
      return;
    }
    const first = type === RECORD_TYPE.gap ? payload.readUIntLE(0, 6) : seq;
    if (first > this.seq + 1) this.#miss(first - 1, { segment, offset });
    this.seq = seq;
    this.#end = { segment, offset: offset + bytes.length };
    this.records += 1;
    if (synced > this.synced) {
      this.synced = synced;
      this.#unsynced = this.#unsynced.filter((one) => one.seq > synced);
    }
    this.#unsynced.push({ seq, bytes: Buffer.from(bytes) });
    if (type === RECORD_TYPE.graph) this.graphs.push(decodeGraph(payload));
  }

  end(): void {
    // A snapshot knows of records that the log has no more.
    const [place] = this.#damaged;
    if (this.synced > this.seq && this.#damaged.length > 0 && place !== undefined) this.#miss(this.synced, place);
    this.seq = Math.max(this.seq, this.synced);
  }

  get gaps(): readonly Gap[] {
    return this.#gaps;
  }

  /** What stands behind the last record. */
  tornBytes(segments: readonly Segment[]): number {
    return segments.reduce((sum, { first, bytes }) => {
      if (first < this.#end.segment) return sum;
      return sum + Math.max(0, bytes - (first === this.#end.segment ? this.#end.offset : SEGMENT_HEADER_BYTES));
    }, 0);
  }

  /** Gaps of it are filled: later, they would look like acknowledged records that are missing. */
  get tail(): readonly Uint8Array[] {
    const unsynced = this.#unsynced.filter(({ seq }) => seq > this.synced);
    const gaps = this.#gaps.filter(({ to }) => to > this.synced).map((gap) => ({ seq: gap.to, bytes: this.#fill(gap) }));
    return [...unsynced, ...gaps].sort((one, other) => one.seq - other.seq).map(({ bytes }) => bytes);
  }

  #miss(to: number, place: Pick<Gap, 'segment' | 'offset'>): void {
    const { segment, offset } = this.#damaged[0] ?? place;
    this.#gaps.push({ from: this.seq + 1, to, segment, offset });
    this.#damaged = [];
  }

  #fill({ from, to }: Gap): Buffer {
    const payload = Buffer.alloc(8);
    payload.writeUIntLE(Math.max(from, this.synced + 1), 0, 6);
    const header = { type: RECORD_TYPE.gap, flags: 0, seq: to, synced: this.synced, timeMs: 0 };
    return Buffer.concat([encodeRecord(header, [payload], this.#key), payload]);
  }
}

function unreadable(): JournalError {
  const remedy = 'restore a backup of the data directory, or run "spanmeter journal repair --accept-loss"';
  return new JournalError(
    65,
    `cannot read the journal: no snapshot is whole and the log does not reach back to its start; ${remedy}`,
  );
}
