/** The view of one exporter of the log on disk: the next records in memory, those behind them read back when they are wanted. */
import type { Backlog, DropReason, JournalRecord, Reader, TakeLimit, Taken } from './contract.ts';
import type { Cursor } from './cursors.ts';
import type { Holdings } from './holdings.ts';
import type { Place } from './log.ts';
import type { LogRecord } from './log-records.ts';
import { PageBuffer } from './page-buffer.ts';
import type { CursorPayload } from './payload.ts';
import { decodeBatch, decodeFlags } from './payload.ts';
import { ReadBack, type ReadBackHost } from './read-back.ts';
import { ReaderCursor } from './reader-cursor.ts';
import { Reading } from './reading.ts';
import { RECORD_TYPE } from './record.ts';
import { RecordReader } from './record-reader.ts';

const PAGE_BYTES = 1_048_576;
/** Two of the largest requests to a destination: while one is sent the next one is read. */
export const READ_AHEAD_BYTES = 8 * 1_048_576;

export type DiskReaderHost = ReadBackHost &
  Readonly<{
    holdings: Holdings;
    /** It has settled something that the log does not know yet. */
    moved: () => void;
    /** Spans of it are given up. */
    dropped: (reader: string, spans: number, reason: DropReason) => void;
    /** The log cannot be read now. */
    failed: (error: unknown, retry: () => void) => void;
  }>;

type Pending = { records: number; spans: number; bytes: number };

export class DiskReader implements Reader {
  readonly id: string;
  readonly #host: DiskReaderHost;
  readonly #window: RecordReader;
  #windowBytes = 0;
  #reading: Reading;
  readonly #pending: Pending = { records: 0, spans: 0, bytes: 0 };
  /** What is not in the window; undefined: the window has all. */
  #behind: ReadBack | undefined;
  /** Everything up to here is settled or given up, but for what is being sent. */
  #floor = 0;
  readonly #cursor = new ReaderCursor();
  #filling: Promise<void> | undefined;
  #removed = false;

  constructor(id: string, reading: Reading, host: DiskReaderHost) {
    this.id = id;
    this.#reading = reading;
    this.#host = host;
    this.#window = new RecordReader(({ bytes }) => {
      this.#windowBytes -= bytes.byteLength;
    });
  }

  get backlog(): Backlog {
    const oldestMs = this.#window.backlog.oldestMs ?? this.#behind?.timeMs;
    return { ...this.#pending, oldestMs: this.#pending.records === 0 ? undefined : oldestMs };
  }

  /** Everything up to here is settled. */
  get edge(): number {
    const { cursor = Number.POSITIVE_INFINITY } = this.#window;
    const unsettled = Math.min(cursor, this.#behind?.seq ?? Number.POSITIVE_INFINITY);
    return Math.max(this.#floor, Number.isFinite(unsettled) ? unsettled : this.#host.folded());
  }

  async next(limit: TakeLimit, abort: AbortSignal): Promise<Taken> {
    this.#readAhead();
    const taken = await this.#window.next(limit, abort);
    this.#readAhead();
    return taken;
  }

  done(taken: Taken): void {
    const { records, spans, bytes } = this.#window.backlog;
    this.#window.done(taken);
    const left = this.#window.backlog;
    this.#settle({ records: records - left.records, spans: spans - left.spans, bytes: bytes - left.bytes });
  }

  wake(): void {
    this.#window.wake();
  }

  /** A record that was folded. */
  push(record: JournalRecord, pipelines: readonly string[], place: Place): void {
    if (!this.#reading.has(pipelines, record.seq)) return;
    this.#count(record, 1);
    if (this.#behind !== undefined) return;
    if (this.#windowBytes > 0 && this.#windowBytes + record.bytes.byteLength > READ_AHEAD_BYTES) {
      this.#behind = new ReadBack(this.#host, place, record.seq - 1, record.timeMs);
      return;
    }
    this.#take(record);
  }

  /** Takes up its place after a restart; finds() is to be shown the segment in which that is. */
  resume({ seq, held, reading }: Cursor): void {
    const now = this.#reading.periods.at(-1)?.pipelines ?? [];
    this.#reading = new Reading(reading.periods);
    this.#reading.change(this.#host.folded(), now, seq);
    this.#cursor.resume({ seq, held });
    this.#floor = seq;
    if (held > 0) this.#host.dropped(this.id, held, 'backlog_full');
    const place = seq < this.#host.folded() ? this.#host.log().startOf(seq + 1) : undefined;
    if (place === undefined) return;
    this.#behind = new ReadBack(this.#host, place, seq);
    Object.assign(this.#pending, this.#host.holdings.from(place.segment, this.#reading));
  }

  /** The segment in which it goes on after a restart. */
  get resumesIn(): number | undefined {
    return this.#behind?.segment;
  }

  /** The next record from the start of that segment on. True: it has seen enough to know its place. */
  finds(record: LogRecord): boolean {
    if (this.#behind === undefined) return true;
    const { seq, segment, offset, timeMs } = record;
    if (seq > this.#floor) {
      this.#behind = new ReadBack(this.#host, { segment, offset }, this.#floor, timeMs);
      return true;
    }
    const settled = this.#open(record);
    if (settled !== undefined) this.#count(settled, -1);
    return false;
  }

  /** What waits is still its own. */
  rebind(pipelines: ReadonlySet<string>): void {
    this.#reading.change(this.#host.folded(), pipelines, this.edge);
  }

  /** What its exporter has not got, and never will. */
  remove(): number {
    const { spans } = this.#pending;
    this.#removed = true;
    this.#behind = undefined;
    this.#window.giveUpAll();
    this.#pending.records = this.#pending.spans = this.#pending.bytes = 0;
    return spans;
  }

  /** Gives up what waits up to `last`, the end of a segment. What is being sent goes on. */
  async giveUp(last: number): Promise<void> {
    while (this.#filling !== undefined) await this.#filling;
    while ((this.#window.oldestWaiting?.seq ?? Number.POSITIVE_INFINITY) <= last) {
      const record = this.#window.oldestWaiting;
      if (record !== undefined) this.#drop(record);
      this.#window.giveUpOldest();
    }
    this.#filling = this.#skip(last).finally(() => {
      this.#filling = undefined;
    });
    await this.#filling;
    this.#floor = Math.max(this.#floor, last);
    this.#readAhead();
  }

  /** What the log should know of it. `force`: also if it has only seen others' records go by. */
  unlogged(force: boolean): CursorPayload | undefined {
    if (this.#removed) return undefined;
    const cursor = { seq: this.edge, held: this.#window.takenUpTo(this.#floor) };
    return this.#cursor.unlogged(this.id, cursor, force);
  }

  /** The log did not take it. */
  notLogged(cursor: CursorPayload): void {
    this.#cursor.notLogged(cursor);
  }

  #settle(settled: Pending): void {
    if (this.#removed || settled.records === 0) return;
    this.#pending.records -= settled.records;
    this.#pending.spans -= settled.spans;
    this.#pending.bytes -= settled.bytes;
    this.#cursor.settled();
    this.#host.moved();
    this.#readAhead();
  }

  #drop(record: JournalRecord): void {
    this.#count(record, -1);
    this.#cursor.dropped(record.spans);
    this.#host.dropped(this.id, record.spans, 'backlog_full');
  }

  #count({ spans, bytes }: JournalRecord, sign: 1 | -1): void {
    this.#pending.records += sign;
    this.#pending.spans += sign * spans;
    this.#pending.bytes += sign * bytes.byteLength;
  }

  #take(record: JournalRecord): void {
    this.#window.push(record);
    this.#windowBytes += record.bytes.byteLength;
  }

  #readAhead(): void {
    if (this.#behind === undefined || this.#filling !== undefined || this.#windowBytes > READ_AHEAD_BYTES / 2) return;
    this.#filling = this.#fill()
      .catch((error: unknown) => this.#host.failed(error, () => this.#readAhead()))
      .finally(() => {
        this.#filling = undefined;
        this.#window.wake();
      });
  }

  async #fill(): Promise<void> {
    const buffer = new PageBuffer(PAGE_BYTES);
    while (this.#behind !== undefined && this.#windowBytes <= READ_AHEAD_BYTES / 2) {
      await this.#nextPage(buffer, (record) => this.#take(alone(record)));
    }
  }

  /** Counts what lies on disk up to `last` as given up. */
  async #skip(last: number): Promise<void> {
    const buffer = new PageBuffer(PAGE_BYTES);
    while (this.#behind !== undefined && this.#behind.seq < last) {
      await this.#nextPage(buffer, (record) => (record.seq <= last ? this.#drop(record) : this.#take(alone(record))));
    }
  }

  async #nextPage(buffer: PageBuffer, see: (record: JournalRecord) => void): Promise<void> {
    const behind = this.#behind;
    const page = await behind?.read(buffer);
    if (behind === undefined || page === undefined || this.#behind !== behind) return; // bound anew in the meantime
    for (const record of behind.pass(page)) {
      const found = this.#open(record);
      if (found !== undefined) see(found);
    }
    if (behind.ended) this.#caughtUp();
  }

  /** What was counted and has not been found is lost. */
  #caughtUp(): void {
    this.#behind = undefined;
    const { records, spans, bytes } = this.#window.backlog;
    if (this.#pending.records === records) return;
    this.#host.dropped(this.id, this.#pending.spans - spans, 'corrupt');
    Object.assign(this.#pending, { records, spans, bytes });
    this.#cursor.settled();
    this.#host.moved();
  }

  /** Undefined: not for this reader. */
  #open({ type, seq, timeMs, flags, payload, intact }: LogRecord): JournalRecord | undefined {
    if (type !== RECORD_TYPE.batch || !intact) return undefined;
    const { pipelines, spans, body } = decodeBatch(payload);
    if (!this.#reading.has(pipelines, seq)) return undefined;
    return { seq, timeMs, spans, bytes: body, ...decodeFlags(flags) };
  }
}

/** The page is about to be read over. */
function alone(record: JournalRecord): JournalRecord {
  return { ...record, bytes: new Uint8Array(record.bytes) };
}
