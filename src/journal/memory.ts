/** The journal without a disk: it keeps the bytes of a record until every exporter has settled it, or the limit takes it. */
import type { Diagnostics, Logger } from '../component/contract.ts';
import { IntakeError } from '../component/errors.ts';
import { Claims } from './claims.ts';
import type { Appended, Entry, Journal, JournalGraph, JournalRecord, JournalSize, Reader } from './contract.ts';
import { Folds } from './folds.ts';
import { Losses } from './losses.ts';
import type { NewRecord } from './new-records.ts';
import { RecordReader } from './record-reader.ts';

export type MemoryJournalOptions = Readonly<{
  /** Of records that some reader has not taken yet; over it the oldest go. What is being sent is bounded by the exporters. */
  maxBytes: number;
  /** Newest distinct spans to recognise. */
  maxSpans: number;
  now: () => number;
  diagnostics: Diagnostics;
  logger: Logger;
}>;

type BoundReader = Readonly<{ id: string; pipelines: ReadonlySet<string>; reader: RecordReader }>;

/** A record that `readers` of the readers have not taken yet. */
type Waiting = Readonly<{ record: JournalRecord }> & { readers: number };

export class MemoryJournal implements Journal {
  readonly durable = false;
  readonly replaying = false;
  readonly obstacle = undefined;
  readonly #maxBytes: number;
  readonly #now: () => number;
  readonly #logger: Logger;
  readonly #claims: Claims;
  readonly #folds: Folds;
  readonly #losses: Losses;
  #readers: readonly BoundReader[] = [];
  /** By sequence number, oldest first. */
  readonly #waitingBySeq = new Map<number, Waiting>();
  #waitingBytes = 0;
  #seq = 0;
  #timeMs = 0;
  #wakeScheduled = false;
  #closed = false;

  constructor({ maxBytes, maxSpans, now, diagnostics, logger }: MemoryJournalOptions) {
    this.#maxBytes = maxBytes;
    this.#now = now;
    this.#logger = logger;
    this.#claims = new Claims(maxSpans, diagnostics);
    this.#folds = new Folds(diagnostics, logger);
    this.#losses = new Losses({ diagnostics, logger, now });
  }

  get recognisedSinceMs(): number | undefined {
    return this.#claims.recognisedSinceMs;
  }

  get ready(): boolean {
    return !this.#closed;
  }

  get size(): JournalSize {
    return { bytes: this.#waitingBytes, segments: 0 };
  }

  async start(): Promise<void> {
    this.#logger.warn('the journal is in memory: a stop of the process loses what was not sent yet, and the counters');
  }

  async append(entries: readonly Entry[]): Promise<Appended> {
    if (this.#closed) throw new IntakeError('unavailable', 'cannot take the request: the journal is closed');
    const claim = this.#claims.claim(entries);
    this.#timeMs = Math.max(this.#timeMs, this.#now());
    this.#claims.commit(claim, this.#timeMs);
    for (const record of claim.records) this.#write(record);
    if (claim.records.length > 0) this.#wakeLater();
    return { added: claim.added, duplicates: claim.duplicates };
  }

  bind({ folds, readers }: JournalGraph): ReadonlyMap<string, Reader> {
    this.#folds.bind(folds, this.#timeMs);
    this.#claims.bind(new Set([...folds, ...readers].flatMap(({ pipelines }) => [...pipelines])));
    const before = new Map(this.#readers.map((bound) => [bound.id, bound]));
    this.#readers = readers.map(({ id, pipelines }) => {
      return { id, pipelines, reader: before.get(id)?.reader ?? new RecordReader((record) => this.#left(record)) };
    });
    for (const bound of before.values()) {
      if (!readers.some(({ id }) => id === bound.id)) this.#removeReader(bound);
    }
    this.#wakeLater();
    return new Map(this.#readers.map(({ id, reader }) => [id, reader]));
  }

  async close(): Promise<void> {
    this.#closed = true; // an append is over when it returns, so none is under way
  }

  /** Folded first: what the limit takes away again is counted all the same. */
  #write({ batch, encoded, pipelines, spans }: NewRecord): void {
    this.#seq += 1;
    const record: JournalRecord = { seq: this.#seq, timeMs: this.#timeMs, signal: batch.signal, spans, ...encoded };
    this.#folds.apply({ seq: record.seq, timeMs: record.timeMs, batch }, pipelines);
    const readers = this.#readers.filter((bound) => intersect(pipelines, bound.pipelines));
    if (readers.length === 0) return;
    this.#waitingBySeq.set(record.seq, { record, readers: readers.length });
    this.#waitingBytes += record.bytes.byteLength;
    for (const { reader } of readers) reader.push(record);
    this.#makeRoom();
  }

  /** The newest record stays, however large it is. */
  #makeRoom(): void {
    while (this.#waitingBytes > this.#maxBytes) {
      const oldest = Math.min(...this.#readers.map(({ reader }) => reader.oldestWaiting?.seq ?? this.#seq));
      if (oldest === this.#seq) return;
      for (const { id, reader } of this.#readers) {
        const record = reader.oldestWaiting;
        if (record?.seq !== oldest) continue;
        this.#losses.count(id, 'backlog_full', record.spans);
        reader.giveUpOldest();
      }
    }
  }

  #left(record: JournalRecord): void {
    const waiting = this.#waitingBySeq.get(record.seq);
    if (waiting === undefined) return;
    waiting.readers -= 1;
    if (waiting.readers > 0) return;
    this.#waitingBySeq.delete(record.seq);
    this.#waitingBytes -= record.bytes.byteLength;
  }

  /** After the answer, and once for all that comes in this turn of the loop: together it is sent on for less. */
  #wakeLater(): void {
    if (this.#wakeScheduled) return;
    this.#wakeScheduled = true;
    setImmediate(() => {
      this.#wakeScheduled = false;
      for (const { reader } of this.#readers) reader.wake();
    });
  }

  #removeReader({ id, reader }: BoundReader): void {
    const { spans } = reader.backlog;
    if (spans > 0) this.#losses.count(id, 'reader_removed', spans);
    reader.giveUpAll();
  }
}

function intersect(pipelines: readonly string[], others: ReadonlySet<string>): boolean {
  return pipelines.some((pipeline) => others.has(pipeline));
}
