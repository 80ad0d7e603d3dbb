/** Decides which spans of a request are new, and keeps those that are being written apart from those that are safe. */
import { z } from 'zod';
import type { Diagnostics } from '../component/contract.ts';
import type { Batch, Span } from '../data/batch.ts';
import { spansOf } from '../data/spans.ts';
import type { Entry } from './contract.ts';
import { DedupeTable } from './dedupe.ts';
import { type NewRecord, recordOf, recordsOf } from './new-records.ts';
import { isOf, type PendingSpan, PendingSpans } from './pending-spans.ts';
import { PipelineBits } from './pipeline-bits.ts';
import { KEY_WORDS, readSpanKey } from './span-key.ts';
import { WindowAge } from './window-age.ts';

/** What a saved window says of itself: pipelines by bit, marks of its age. */
const Head = z.tuple([z.array(z.string()), z.array(z.tuple([z.number(), z.number()]))]);

/**
 * What becomes of a claim, for those that wait for it. It holds nothing of the claim: a map keeps what once stood in it within
 * the reach of the garbage collector's quick passes, and all requests would grow old with it.
 */
export type Fate = { lost: boolean };

/** What one request adds. Its new spans are pending until it is committed or released, one of them once. */
export type Claim = Readonly<{
  /** In order; none when the pipelines have it all. */
  records: readonly NewRecord[];
  /** Of open claims that bring spans of this request: it is safe once they are, and lost with any of them. */
  behind: readonly Fate[];
  fate: Fate;
  /** Spans that some pipeline of their entry lacked. */
  added: number;
  /** Spans that some pipeline of their entry had. */
  duplicates: number;
  unkeyed: number;
  /** None once it is committed or released. */
  pending: PendingSpan<Fate>[];
}>;

type OpenClaim = Claim & {
  records: NewRecord[];
  behind: Fate[];
  added: number;
  duplicates: number;
  unkeyed: number;
};

export class Claims {
  readonly #diagnostics: Diagnostics;
  readonly #table: DedupeTable;
  readonly #age: WindowAge;
  readonly #bits = new PipelineBits((bits) => this.#forget(bits));
  readonly #pending = new PendingSpans<Fate>();
  readonly #key = new Uint32Array(KEY_WORDS);

  constructor(maxSpans: number, diagnostics: Diagnostics) {
    this.#table = new DedupeTable(maxSpans);
    this.#age = new WindowAge(maxSpans);
    this.#diagnostics = diagnostics;
  }

  /** About when the oldest span came that would be recognised; undefined: there is none. */
  get recognisedSinceMs(): number | undefined {
    return this.#age.oldestMs(this.#table.added, this.#table.size);
  }

  /** The pipelines that are in use from now on. */
  bind(pipelines: ReadonlySet<string>): void {
    this.#bits.bind(pipelines);
  }

  claim(entries: readonly Entry[]): Claim {
    const claim: OpenClaim = {
      records: [],
      behind: [],
      fate: { lost: false },
      added: 0,
      duplicates: 0,
      unkeyed: 0,
      pending: [],
    };
    try {
      for (const { batch, pipelines } of entries) {
        if (batch.signal === 'traces') claim.records.push(...this.#claimSpans(claim, batch, pipelines));
        else claim.records.push(recordOf(batch, pipelines));
      }
    } catch (error) {
      this.release(claim);
      throw error;
    }
    return claim;
  }

  /** Its spans are safe: every later copy is a duplicate. `timeMs`: of its records. */
  commit(claim: Claim, timeMs: number): void {
    this.release(claim);
    for (const { batch, pipelines } of claim.records) this.remember(batch, pipelines, timeMs);
    if (claim.duplicates > 0) this.#diagnostics.count('spanmeter_journal_duplicate_spans_total', {}, claim.duplicates);
    if (claim.unkeyed > 0) this.#diagnostics.count('spanmeter_journal_unkeyed_spans_total', {}, claim.unkeyed);
  }

  /** Its spans are not kept: the next copy is new. */
  release(claim: Claim): void {
    for (const one of claim.pending.splice(0)) this.#pending.remove(one);
  }

  /** What a record of the journal adds to the window: the window is a function of the records and their order. */
  remember(batch: Batch, pipelines: readonly string[], timeMs: number): void {
    if (batch.signal !== 'traces') return;
    const bits = this.#bits.ofPast(pipelines);
    for (const { span } of spansOf(batch)) {
      if (readSpanKey(span, this.#key)) this.#table.add(this.#key, bits);
    }
    this.#age.note(this.#table.added, this.#table.size, timeMs);
  }

  /** The window; what is pending is no part of it. */
  save(): Uint8Array {
    return Buffer.concat(this.saveParts());
  }

  /** The bytes of save(), without one more copy of many megabytes. */
  saveParts(): readonly Uint8Array[] {
    const head = Buffer.from(JSON.stringify([this.#bits.names, this.#age.save(this.#table.added)]));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(head.length);
    return [length, head, this.#table.save()];
  }

  /** Before the first claim. */
  load(saved: Uint8Array): void {
    const bytes = Buffer.from(saved.buffer, saved.byteOffset, saved.byteLength);
    const end = 4 + bytes.readUInt32LE();
    const [names, age] = Head.parse(JSON.parse(bytes.toString('utf8', 4, end)));
    this.#bits.load(names);
    this.#table.load(bytes.subarray(end));
    this.#age.load(age, this.#table.added);
  }

  #claimSpans(claim: OpenClaim, batch: Batch<'traces'>, pipelines: readonly string[]): readonly NewRecord[] {
    const wanted = this.#bits.of(pipelines);
    const lackingBySpan: number[] = [];
    for (const { span } of spansOf(batch)) {
      const lacking = this.#claimSpan(claim, span, wanted);
      if (lacking !== 0) claim.added += 1;
      if (lacking !== wanted) claim.duplicates += 1;
      lackingBySpan.push(lacking);
    }
    return recordsOf(batch, lackingBySpan, (bits) => this.#bits.within(bits, pipelines));
  }

  /** Which of the wanted pipelines lack this span; it is pending for them from now on. */
  #claimSpan(claim: OpenClaim, span: Span, wanted: number): number {
    if (!readSpanKey(span, this.#key)) {
      claim.unkeyed += 1;
      return wanted;
    }
    const hash = this.#table.hashOf(this.#key);
    let lacking = wanted & ~this.#table.pipelinesOf(this.#key, hash);
    for (let other = this.#pending.first(hash); other !== undefined; other = other.next) {
      if ((lacking & other.pipelines) === 0 || !isOf(other, this.#key)) continue;
      if (other.owner !== claim.fate && !claim.behind.includes(other.owner)) claim.behind.push(other.owner);
      lacking &= ~other.pipelines;
    }
    if (lacking !== 0) claim.pending.push(this.#pending.add(this.#key, hash, claim.fate, lacking));
    return lacking;
  }

  #forget(pipelines: number): void {
    this.#table.forget(pipelines);
    this.#pending.forget(pipelines);
  }
}
