/** Hands an exporter the records that wait for it, and knows which of those it has not settled. */
import { Fifo } from '../component/fifo.ts';
import type { Backlog, JournalRecord, Reader, TakeLimit, Taken } from './contract.ts';

/** It is to resolve its promise with what it is given. */
type Waiter = Readonly<{ limit: TakeLimit; give: (taken: Taken) => void }>;

export class RecordReader implements Reader {
  readonly #left: (record: JournalRecord) => void;
  #waiting = new Fifo<JournalRecord>();
  readonly #taken = new Set<JournalRecord>();
  readonly #waiters = new Set<Waiter>();
  #records = 0;
  #spans = 0;
  #bytes = 0;

  /** `left` is told of each record that stops waiting: taken or given up. */
  constructor(left: (record: JournalRecord) => void) {
    this.#left = left;
  }

  get backlog(): Backlog {
    return { records: this.#records, spans: this.#spans, bytes: this.#bytes, oldestMs: this.#oldest()?.timeMs };
  }

  /** The low edge: everything up to here is settled. Undefined: everything there is. */
  get cursor(): number | undefined {
    const oldest = this.#oldest();
    return oldest && oldest.seq - 1;
  }

  /** The oldest record that was not taken yet. */
  get oldestWaiting(): JournalRecord | undefined {
    return this.#waiting.first;
  }

  /** Spans up to this record that are taken and not settled. */
  takenUpTo(seq: number): number {
    return this.#taken.values().reduce((sum, record) => (record.seq <= seq ? sum + record.spans : sum), 0);
  }

  /** At the end; who waits for it is told by wake(). */
  push(record: JournalRecord): void {
    this.#waiting.push(record);
    this.#count(record, 1);
  }

  wake(): void {
    for (const waiter of this.#waiters) {
      if (this.#waiting.first === undefined) return;
      this.#waiters.delete(waiter);
      waiter.give(this.#take(waiter.limit));
    }
  }

  async next(limit: TakeLimit, abort: AbortSignal): Promise<Taken> {
    abort.throwIfAborted();
    if (this.#waiting.first !== undefined) return this.#take(limit);
    const { promise, resolve, reject } = Promise.withResolvers<Taken>();
    const waiter: Waiter = { limit, give: resolve };
    const stop = () => {
      this.#waiters.delete(waiter);
      reject(abort.reason);
    };
    this.#waiters.add(waiter);
    abort.addEventListener('abort', stop);
    return promise.finally(() => abort.removeEventListener('abort', stop));
  }

  done(taken: Taken): void {
    for (const record of taken) {
      // What was given up when its reader was removed is settled already.
      if (this.#taken.delete(record)) this.#count(record, -1);
    }
  }

  /** Settles the oldest waiting record undelivered. */
  giveUpOldest(): void {
    const record = this.#leave();
    if (record !== undefined) this.#count(record, -1);
  }

  /** Settles everything undelivered, what is taken too. */
  giveUpAll(): void {
    while (this.#waiting.first !== undefined) this.giveUpOldest();
    this.done([...this.#taken]);
  }

  /** Only heads are looked at: the next record that does not fit ends the take, so the order stays. */
  #take(limit: TakeLimit): Taken {
    const taken: JournalRecord[] = [];
    let bytes = 0;
    let spans = 0;
    for (let next = this.#waiting.first; next !== undefined; next = this.#waiting.first) {
      bytes += next.bytes.byteLength;
      spans += next.spans;
      const [first] = taken;
      if (first !== undefined && (bytes > limit.bytes || spans > limit.spans || !joinable(first, next))) break;
      this.#leave();
      this.#taken.add(next);
      taken.push(next);
    }
    return taken;
  }

  #leave(): JournalRecord | undefined {
    const record = this.#waiting.shift();
    if (record !== undefined) this.#left(record);
    return record;
  }

  #count({ spans, bytes }: JournalRecord, sign: 1 | -1): void {
    this.#records += sign;
    this.#spans += sign * spans;
    this.#bytes += sign * bytes.byteLength;
  }

  #oldest(): JournalRecord | undefined {
    let oldest = this.#waiting.first;
    for (const record of this.#taken) {
      if (oldest === undefined || record.seq < oldest.seq) oldest = record;
    }
    return oldest;
  }
}

function joinable(one: JournalRecord, other: JournalRecord): boolean {
  return one.mergeable && other.mergeable && one.signal === other.signal && one.encoding === other.encoding;
}
