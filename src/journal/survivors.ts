/** Judges, record by record, what a log has lost: records that were durable once, and such that a crash cut. */

import type { Log, Place } from './log.ts';
import { endOf, type LogRecord } from './log-records.ts';
import { decodeGraph, decodePart, type GraphPayload } from './payload.ts';
import { encodeRecord, RECORD_TYPE } from './record.ts';
import { SEGMENT_HEADER_BYTES } from './segment.ts';
import type { Snapshot } from './snapshot-file.ts';

/** Records that are missing, first and last, and where they stood. */
export type Gap = Readonly<{ from: number; to: number; segment: number; offset: number }>;

type Range = Pick<Gap, 'from' | 'to'>;

/** Fills the place of records that are not there: later, a gap would look like acknowledged records that are missing. */
export function gapRecord({ from, to }: Range, synced: number, key: number): Buffer {
  const payload = Buffer.alloc(8);
  payload.writeUIntLE(from, 0, 6);
  return Buffer.concat([encodeRecord({ type: RECORD_TYPE.gap, flags: 0, seq: to, synced, timeMs: 0 }, [payload], key), payload]);
}

/** The first sequence number that a whole record stands for; the last one is its own. */
export function firstIn({ type, seq, payload }: LogRecord): number {
  return type === RECORD_TYPE.gap ? payload.readUIntLE(0, 6) : seq;
}

type Unsynced = Readonly<{ seq: number; flags: number; bytes: Uint8Array }>;

export class Survivors {
  seq: number;
  /** What is older than this was durable, by the word of a later record or of a snapshot. */
  synced: number;
  records = 0;
  /** Of what was appended, without what the journal notes for itself. */
  batchBytes = 0;
  readonly graphs: GraphPayload[] = [];
  readonly #log: Log;
  readonly #key: number;
  readonly #gaps: Gap[] = [];
  /** Behind the last whole record. */
  #end: Place = { segment: 0, offset: SEGMENT_HEADER_BYTES };
  #unsynced: Unsynced[] = [];
  /** Behind the last whole record stands one that is not what was written. */
  #damaged = false;

  /** What a snapshot has is older than `position`. */
  constructor(log: Log, position: number, snapshot: Snapshot | undefined, key: number) {
    this.#log = log;
    this.#key = key;
    this.seq = position;
    this.synced = Math.max(0, ...(snapshot?.sections ?? []).map((section) => section.position));
  }

  /** In order, from the start of the segment that has the position. */
  see(record: LogRecord): void {
    const { seq, synced, type, flags, bytes, payload, intact } = record;
    this.#damaged = !intact;
    if (!intact) return;
    if (seq > this.seq) {
      this.#miss(firstIn(record) - 1, record);
      this.seq = seq;
      this.records += 1;
      if (type === RECORD_TYPE.batch) this.batchBytes += payload.length;
      if (synced > this.synced) {
        this.synced = synced;
        this.#unsynced = this.#unsynced.filter((one) => one.seq > synced);
      }
      this.#unsynced.push({ seq, flags, bytes: Buffer.from(bytes) });
      if (type === RECORD_TYPE.graph) this.graphs.push(decodeGraph(payload));
    }
    this.#end = endOf(record);
  }

  end(): void {
    // A snapshot knows of records that the log has no more.
    if (this.#damaged) this.#miss(this.synced, this.#end);
    this.seq = Math.max(this.seq, this.synced);
  }

  /** What was durable once. */
  get lost(): readonly Gap[] {
    return this.#gaps.filter(({ from }) => from <= this.synced).map((gap) => ({ ...gap, to: Math.min(gap.to, this.synced) }));
  }

  /** What stands behind the last record. */
  get tornBytes(): number {
    return this.#log.segments.reduce((sum, { first, bytes }) => {
      if (first < this.#end.segment) return sum;
      return sum + Math.max(0, bytes - (first === this.#end.segment ? this.#end.offset : SEGMENT_HEADER_BYTES));
    }, 0);
  }

  /** Records that nobody was told of, of requests that a crash has cut in two. */
  get partial(): ReadonlySet<number> {
    const unsynced = this.#unsynced.filter(({ seq }) => seq > this.synced);
    const partial = new Set<number>();
    const lacks = ({ seq, flags }: Unsynced, other: Unsynced | undefined, side: -1 | 1) => {
      const { moreFollow, follows } = decodePart(flags);
      if (!(side > 0 ? moreFollow : follows)) return false;
      return other?.seq !== seq + side || partial.has(other.seq);
    };
    for (const [index, one] of unsynced.entries()) if (lacks(one, unsynced[index - 1], -1)) partial.add(one.seq);
    for (const [index, one] of [...unsynced.entries()].reverse()) if (lacks(one, unsynced[index + 1], 1)) partial.add(one.seq);
    return partial;
  }

  /** What was not known to be durable, gaps filled. */
  get tail(): readonly Uint8Array[] {
    const { partial } = this;
    const unsynced = this.#unsynced.filter(({ seq }) => seq > this.synced);
    const missing = this.#gaps.filter(({ to }) => to > this.synced);
    const gaps = [
      ...missing.map(({ from, to }) => ({ from: Math.max(from, this.synced + 1), to })),
      ...[...partial].map((seq) => ({ from: seq, to: seq })),
    ].map((gap) => ({ seq: gap.to, bytes: gapRecord(gap, this.synced, this.#key) }));
    const whole = unsynced.filter(({ seq }) => !partial.has(seq));
    return [...whole, ...gaps].sort((one, other) => one.seq - other.seq).map(({ bytes }) => bytes);
  }

  #miss(to: number, next: Place): void {
    const from = this.seq + 1;
    if (to >= from) this.#gaps.push({ from, to, ...this.#log.placeBetween(this.#end, next, from) });
  }
}
