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
import { RECORD_TYPE } from './record.ts';
import { RecordReader } from './record-reader.ts';

const PAGE_BYTES = 1_048_576;
/** As much as several requests to a destination, so that the next one need not wait for the disk. */
export const READ_AHEAD_BYTES = 16 * 1_048_576;

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
  #pipelines: ReadonlySet<string>;
  readonly #except: ReadonlySet<string>;
  readonly #pending: Pending = { records: 0, spans: 0, bytes: 0 };
  /** What is not in the window; undefined: the window has all. */
  #behind: ReadBack | undefined;
  /** Up to here only what these pipelines did not have is new to it: it was attached to others since. */
  #attached: Readonly<{ until: number; before: ReadonlySet<string> }> | undefined;
  /** It does not read all the pipelines any more that it read when what is on disk was counted. */
  #detached = false;
  /** Everything up to here is settled or given up, but for what is being sent. */
  #floor = 0;
  #newest = 0;
  readonly #cursor = new ReaderCursor();
  #reading: Promise<void> | undefined;
  #removed = false;

  /** Records that are also for a pipeline of `except` are not its own. */
  constructor(id: string, pipelines: ReadonlySet<string>, host: DiskReaderHost, except: ReadonlySet<string> = new Set()) {
    this.id = id;
    this.#except = except;
    this.#pipelines = pipelines;
    this.#host = host;
    this.#window = new RecordReader(({ bytes }) => {
      this.#windowBytes -= bytes.byteLength;
    });
  }

  get pipelines(): ReadonlySet<string> {
    return this.#pipelines;
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
    while (this.#attached !== undefined && this.#reading !== undefined) await this.#reading; // older ones may come
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
    if (!this.#reads(pipelines)) return;
    this.#count(record, 1);
    if (this.#behind !== undefined) return;
    if (this.#windowBytes > 0 && this.#windowBytes + record.bytes.byteLength > READ_AHEAD_BYTES) {
      this.#behind = new ReadBack(this.#host, place, record.seq - 1, record.timeMs);
      return;
    }
    this.#take(record);
  }

  /** Takes up its place after a restart; finds() is to be shown the segment in which that is. */
  resume({ seq, held }: Cursor): void {
    this.#cursor.resume({ seq, held });
    this.#floor = seq;
    this.#newest = seq;
    if (held > 0) this.#host.dropped(this.id, held, 'backlog_full');
    const place = seq < this.#host.folded() ? this.#host.log().startOf(seq + 1) : undefined;
    if (place === undefined) return;
    this.#behind = new ReadBack(this.#host, place, seq);
    const reads = (pipelines: readonly string[]) => this.#reads(pipelines);
    Object.assign(this.#pending, this.#host.holdings.from(place.segment, reads));
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

  /** Reads other pipelines from now on; what newly attached ones still have behind its place is its backlog too. */
  rebind(pipelines: ReadonlySet<string>): void {
    const before = this.#pipelines;
    this.#pipelines = pipelines;
    this.#detached ||= this.#behind !== undefined && !before.isSubsetOf(pipelines);
    const { edge } = this;
    const place = this.#host.log().startOf(edge + 1);
    if (pipelines.isSubsetOf(before) || edge >= this.#host.folded() || place === undefined) return;
    this.#attached ??= { until: this.#host.folded(), before };
    this.#behind = new ReadBack(this.#host, place, edge);
    this.#readAhead();
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
    while (this.#reading !== undefined) await this.#reading;
    while ((this.#window.oldestWaiting?.seq ?? Number.POSITIVE_INFINITY) <= last) {
      const record = this.#window.oldestWaiting;
      if (record !== undefined) this.#drop(record);
      this.#window.giveUpOldest();
    }
    this.#reading = this.#skip(last).finally(() => {
      this.#reading = undefined;
    });
    await this.#reading;
    this.#floor = Math.max(this.#floor, last);
    this.#newest = Math.max(this.#newest, last);
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
    if (record.seq > this.#newest) this.#window.push(record);
    else this.#window.insert([record]);
    this.#newest = Math.max(this.#newest, record.seq);
    this.#windowBytes += record.bytes.byteLength;
  }

  #reads(pipelines: readonly string[]): boolean {
    return (
      pipelines.some((pipeline) => this.#pipelines.has(pipeline)) && !pipelines.some((pipeline) => this.#except.has(pipeline))
    );
  }

  #readAhead(): void {
    if (this.#behind === undefined || this.#reading !== undefined || this.#windowBytes > READ_AHEAD_BYTES / 2) return;
    this.#reading = this.#fill()
      .catch((error: unknown) => this.#host.failed(error, () => this.#readAhead()))
      .finally(() => {
        this.#reading = undefined;
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
      if (found !== undefined && this.#isDue(record, found)) see(found);
    }
    if (behind.ended) this.#caughtUp();
  }

  /** What it had already is not taken again; what it has newly got was not counted when it was folded. */
  #isDue({ seq, payload }: LogRecord, found: JournalRecord): boolean {
    if (this.#attached === undefined || seq > this.#attached.until) return true;
    const { before } = this.#attached;
    const isNew = !decodeBatch(payload).pipelines.some((pipeline) => before.has(pipeline));
    if (isNew) this.#count(found, 1);
    return isNew || seq > this.#newest;
  }

  /** What was counted and has not been found is lost. */
  #caughtUp(): void {
    this.#behind = undefined;
    this.#attached = undefined;
    const { records, spans, bytes } = this.#window.backlog;
    const reason = this.#detached ? 'reader_removed' : 'corrupt';
    this.#detached = false;
    if (this.#pending.records === records) return;
    this.#host.dropped(this.id, this.#pending.spans - spans, reason);
    Object.assign(this.#pending, { records, spans, bytes });
    this.#cursor.settled();
    this.#host.moved();
  }

  /** Undefined: not for this reader. */
  #open({ type, seq, timeMs, flags, payload, intact }: LogRecord): JournalRecord | undefined {
    if (type !== RECORD_TYPE.batch || !intact) return undefined;
    const { pipelines, spans, body } = decodeBatch(payload);
    if (!this.#reads(pipelines)) return undefined;
    return { seq, timeMs, spans, bytes: body, ...decodeFlags(flags) };
  }
}

/** The page is about to be read over. */
function alone(record: JournalRecord): JournalRecord {
  return { ...record, bytes: new Uint8Array(record.bytes) };
}
