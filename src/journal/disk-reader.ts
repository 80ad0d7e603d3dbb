/** The view of one exporter of the log on disk: the next records in memory, those behind them read back when they are wanted. */
import type { Backlog, JournalRecord, Reader, TakeLimit, Taken } from './contract.ts';
import type { Log, Page, Place } from './log.ts';
import type { LogRecord } from './log-records.ts';
import { PageBuffer } from './page-buffer.ts';
import type { CursorPayload } from './payload.ts';
import { decodeBatch, decodeFlags } from './payload.ts';
import { RECORD_TYPE } from './record.ts';
import { RecordReader } from './record-reader.ts';

const PAGE_BYTES = 1_048_576;
/** As much as several requests to a destination, so that the next one need not wait for the disk. */
export const READ_AHEAD_BYTES = 16 * 1_048_576;

export type DiskReaderHost = Readonly<{
  log: () => Log;
  /** The newest record that is folded: no reader sees beyond it. */
  folded: () => number;
  /** It has settled something that the log does not know yet. */
  moved: () => void;
  /** Spans of it are given up. */
  dropped: (reader: string, spans: number) => void;
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
  readonly #pending: Pending = { records: 0, spans: 0, bytes: 0 };
  /** Where the first record after `seq` stands that is not in the window, and about its time; undefined: the window has all. */
  #behind: (Readonly<{ place: Place; seq: number }> & { timeMs: number | undefined }) | undefined;
  /** Up to here only what these pipelines did not have is new to it: it was attached to others since. */
  #attached: Readonly<{ until: number; before: ReadonlySet<string> }> | undefined;
  /** Everything up to here is settled or given up, but for what is being sent. */
  #floor = 0;
  #newest = 0;
  #dropped = 0;
  #logged: Readonly<{ seq: number; held: number }> = { seq: 0, held: 0 };
  #settledSince = false;
  #reading: Promise<void> | undefined;
  #removed = false;

  constructor(id: string, pipelines: ReadonlySet<string>, host: DiskReaderHost) {
    this.id = id;
    this.#pipelines = pipelines;
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
    while (this.#attached !== undefined && this.#reading !== undefined) await this.#reading; // older ones may come
    const taken = await this.#window.next(limit, abort);
    this.#readAhead();
    return taken;
  }

  done(taken: Taken): void {
    const before = this.#window.backlog;
    this.#window.done(taken);
    const after = this.#window.backlog;
    this.#settle({
      records: before.records - after.records,
      spans: before.spans - after.spans,
      bytes: before.bytes - after.bytes,
    });
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
      this.#behind = { place, seq: record.seq - 1, timeMs: record.timeMs };
      return;
    }
    this.#take(record);
  }

  /** Takes up its place after a restart; what waits behind it is counted by count(). */
  resume({ seq, held }: Readonly<{ seq: number; held: number }>): void {
    this.#logged = { seq, held };
    this.#floor = seq;
    this.#newest = seq;
    this.#settledSince = held > 0;
    if (held > 0) this.#host.dropped(this.id, held);
    const place = seq < this.#host.folded() ? this.#host.log().startOf(seq + 1) : undefined;
    this.#behind = place && { place, seq, timeMs: undefined };
  }

  /** A record that was found in the log behind its place. */
  count(record: LogRecord): void {
    const found = this.#open(record);
    if (found === undefined || record.seq <= this.#floor) return;
    this.#count(found, 1);
    if (this.#behind !== undefined) this.#behind.timeMs ??= found.timeMs;
  }

  /** Reads other pipelines from now on; what newly attached ones still have behind its place is its backlog too. */
  rebind(pipelines: ReadonlySet<string>): void {
    const before = this.#pipelines;
    this.#pipelines = pipelines;
    const { edge } = this;
    const place = this.#host.log().startOf(edge + 1);
    if (pipelines.isSubsetOf(before) || edge >= this.#host.folded() || place === undefined) return;
    this.#attached ??= { until: this.#host.folded(), before };
    this.#behind = { place, seq: edge, timeMs: undefined };
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
    const { edge: seq } = this;
    const held = this.#held();
    const news = this.#settledSince || this.#dropped > 0 || force;
    if (!news || this.#removed || (seq === this.#logged.seq && held === this.#logged.held && this.#dropped === 0))
      return undefined;
    const dropped = this.#dropped;
    this.#settledSince = false;
    this.#dropped = 0;
    this.#logged = { seq, held };
    return { reader: this.id, seq, dropped, held, ...(dropped > 0 ? { reason: 'backlog_full' as const } : {}) };
  }

  /** The log did not take it. */
  notLogged({ dropped }: CursorPayload): void {
    this.#settledSince = true;
    this.#dropped += dropped;
    this.#logged = { seq: -1, held: 0 };
  }

  #held(): number {
    return this.#window.takenUpTo(this.#floor);
  }

  #settle(settled: Pending): void {
    if (this.#removed || settled.records === 0) return;
    this.#pending.records -= settled.records;
    this.#pending.spans -= settled.spans;
    this.#pending.bytes -= settled.bytes;
    this.#settledSince = true;
    this.#host.moved();
    this.#readAhead();
  }

  #drop(record: JournalRecord): void {
    this.#count(record, -1);
    this.#dropped += record.spans;
    this.#host.dropped(this.id, record.spans);
  }

  #count({ spans, bytes }: JournalRecord, sign: 1 | -1): void {
    this.#pending.records += sign;
    this.#pending.spans += sign * spans;
    this.#pending.bytes += sign * bytes.byteLength;
  }

  #take(record: JournalRecord): void {
    this.#newest = Math.max(this.#newest, record.seq);
    this.#windowBytes += record.bytes.byteLength;
    this.#window.push(record);
  }

  #reads(pipelines: readonly string[]): boolean {
    return pipelines.some((pipeline) => this.#pipelines.has(pipeline));
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
      await this.#nextPage(buffer, (record, found) => {
        if (this.#attached === undefined || record.seq > this.#attached.until) this.#take(alone(found));
        else this.#takeAttached(record, found, this.#attached.before);
      });
    }
  }

  /** What it had already is not taken again; what it has newly got was not counted when it was folded. */
  #takeAttached(record: LogRecord, found: JournalRecord, before: ReadonlySet<string>): void {
    const isNew = !decodeBatch(record.payload).pipelines.some((pipeline) => before.has(pipeline));
    if (isNew) this.#count(found, 1);
    else if (record.seq <= this.#newest) return;
    this.#newest = Math.max(this.#newest, record.seq);
    this.#windowBytes += found.bytes.byteLength;
    this.#window.insert([alone(found)]);
  }

  /** Counts what lies on disk up to `last` as given up. */
  async #skip(last: number): Promise<void> {
    const buffer = new PageBuffer(PAGE_BYTES);
    while (this.#behind !== undefined && this.#behind.seq < last) {
      await this.#nextPage(buffer, (record, found) => (record.seq <= last ? this.#drop(found) : this.#take(alone(found))));
    }
  }

  async #nextPage(buffer: PageBuffer, see: (record: LogRecord, found: JournalRecord) => void): Promise<void> {
    const from = this.#behind;
    if (from === undefined) return;
    const page: Page = await this.#host.log().read(from.place, from.seq, buffer);
    if (this.#behind !== from) return; // bound anew in the meantime
    const folded = this.#host.folded();
    for (const record of page.records.filter(({ seq }) => seq <= folded)) {
      const found = this.#open(record);
      if (found !== undefined) see(record, found);
    }
    const last = page.records.at(-1);
    this.#passed(page, Math.max(from.seq, last?.seq ?? 0), last?.timeMs ?? from.timeMs);
  }

  /** Up to here the log was read. */
  #passed({ next }: Page, seq: number, timeMs: number | undefined): void {
    if (seq < this.#host.folded() && !this.#host.log().isEnd(next)) {
      this.#behind = { place: next, seq, timeMs };
      return;
    }
    this.#behind = undefined;
    this.#attached = undefined;
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
