/** Judges, record by record, what a log has lost: records that were durable once, and such that a crash cut. */

import type { Segment } from './log.ts';
import type { LogRecord } from './log-records.ts';
import { decodeGraph, type GraphPayload } from './payload.ts';
import { encodeRecord, RECORD_TYPE } from './record.ts';
import { SEGMENT_HEADER_BYTES } from './segment.ts';
import type { Snapshot } from './snapshot-file.ts';

/** Records that are missing, first and last, and where that was noticed. */
export type Gap = Readonly<{ from: number; to: number; segment: number; offset: number }>;

/** Fills the place of records that are not there: later, a gap would look like acknowledged records that are missing. */
export function gapRecord({ from, to }: Pick<Gap, 'from' | 'to'>, synced: number, key: number): Buffer {
  const payload = Buffer.alloc(8);
  payload.writeUIntLE(from, 0, 6);
  return Buffer.concat([encodeRecord({ type: RECORD_TYPE.gap, flags: 0, seq: to, synced, timeMs: 0 }, [payload], key), payload]);
}

/** The first sequence number that a whole record stands for; the last one is its own. */
export function firstIn({ type, seq, payload }: LogRecord): number {
  return type === RECORD_TYPE.gap ? payload.readUIntLE(0, 6) : seq;
}

export class Survivors {
  seq: number;
  /** What is older than this was durable, by the word of a later record or of a snapshot. */
  synced: number;
  records = 0;
  /** Of what was appended, without what the journal notes for itself. */
  batchBytes = 0;
  readonly graphs: GraphPayload[] = [];
  readonly #gaps: Gap[] = [];
  #end = { segment: 0, offset: SEGMENT_HEADER_BYTES };
  #unsynced: Readonly<{ seq: number; bytes: Uint8Array }>[] = [];
  #damaged: Gap[] = [];

  readonly #key: number;

  constructor(position: number, snapshot: Snapshot | undefined, key: number) {
    this.#key = key;
    this.seq = position;
    this.synced = Math.max(0, ...(snapshot?.sections ?? []).map((section) => section.position));
  }

  see(record: LogRecord): void {
    const { seq, synced, type, bytes, payload, intact, segment, offset } = record;
    if (!intact) {
      this.#damaged.push({ from: seq, to: seq, segment, offset });
      return;
    }
    const first = firstIn(record);
    if (first > this.seq + 1) this.#miss(first - 1, { segment, offset });
    this.seq = seq;
    this.#end = { segment, offset: offset + bytes.length };
    this.records += 1;
    if (type === RECORD_TYPE.batch) this.batchBytes += payload.length;
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

  /** What was durable once. */
  get lost(): readonly Gap[] {
    return this.#gaps.filter(({ from }) => from <= this.synced).map((gap) => ({ ...gap, to: Math.min(gap.to, this.synced) }));
  }

  /** What stands behind the last record. */
  tornBytes(segments: readonly Segment[]): number {
    return segments.reduce((sum, { first, bytes }) => {
      if (first < this.#end.segment) return sum;
      return sum + Math.max(0, bytes - (first === this.#end.segment ? this.#end.offset : SEGMENT_HEADER_BYTES));
    }, 0);
  }

  /** What was not known to be durable, gaps filled. */
  get tail(): readonly Uint8Array[] {
    const unsynced = this.#unsynced.filter(({ seq }) => seq > this.synced);
    const gaps = this.#gaps
      .filter(({ to }) => to > this.synced)
      .map(({ from, to }) => ({ from: Math.max(from, this.synced + 1), to }))
      .map((gap) => ({ seq: gap.to, bytes: gapRecord(gap, this.synced, this.#key) }));
    return [...unsynced, ...gaps].sort((one, other) => one.seq - other.seq).map(({ bytes }) => bytes);
  }

  #miss(to: number, place: Pick<Gap, 'segment' | 'offset'>): void {
    const { segment, offset } = this.#damaged[0] ?? place;
    this.#gaps.push({ from: this.seq + 1, to, segment, offset });
    this.#damaged = [];
  }
}
