/** Requests, folds and readers for tests of a journal. */
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { Diagnostics, Fold, FoldRecord, Logger } from '../../src/component/contract.ts';
import type { Batch } from '../../src/data/batch.ts';
import { spansOf } from '../../src/data/spans.ts';
import type { Entry, Journal, JournalGraph, JournalRecord, Reader, TakeLimit, Taken } from '../../src/journal/contract.ts';
import { decodeTracesJson } from '../../src/otlp/json.ts';
import type { Observer } from './observer.ts';

export type JournalOptions = Readonly<{
  maxBytes: number;
  maxSpans: number;
  now: () => number;
  diagnostics: Diagnostics;
  logger: Logger;
}>;

/** Starts a journal of the implementation under test. */
export type OpenRig = (
  options?: Partial<Pick<JournalOptions, 'maxBytes' | 'maxSpans' | 'now'>>,
) => Promise<Readonly<{ journal: Journal; observer: Observer }>>;

export const never = new AbortController().signal;

export const UNLIMITED: TakeLimit = { bytes: Number.MAX_SAFE_INTEGER, spans: Number.MAX_SAFE_INTEGER };

/** Ids that have an identity; the number can be read back from the name of the span. */
export function spanOf(id: number, cost = '0.1') {
  const hex = id.toString(16);
  const attributes = [{ key: 'cost', value: { stringValue: cost } }];
  return { traceId: hex.padStart(32, 'a'), spanId: hex.padStart(16, 'b'), name: String(id), attributes };
}

/** As it is decoded from a request, with its bytes. */
export function batchOf(...spans: readonly object[]): Batch<'traces'> {
  const resourceSpans = spans.map((span) => ({ resource: {}, scopeSpans: [{ scope: {}, spans: [span] }] }));
  return decodeTracesJson(new TextEncoder().encode(JSON.stringify({ resourceSpans }))).batch;
}

/** One entry of new spans for the pipeline "traces". */
export function entriesOf(...ids: readonly number[]): readonly Entry[] {
  return [{ pipelines: ['traces'], batch: batchOf(...ids.map((id) => spanOf(id))) }];
}

export function namesIn(batch: Batch): readonly string[] {
  return batch.signal === 'traces' ? [...spansOf(batch)].map(({ span }) => span.name ?? '') : [];
}

export function namesOf(taken: Taken): readonly string[] {
  return taken.flatMap((record) => namesOfRecord(record));
}

function namesOfRecord({ bytes }: JournalRecord): readonly string[] {
  return namesIn(decodeTracesJson(bytes).batch);
}

/** Counts spans, as a metric does; what it has seen is its state. */
export class SpanFold implements Fold {
  readonly id: string;
  readonly fingerprint: string;
  names: string[] = [];
  readonly records: FoldRecord[] = [];

  constructor(id = 'spans', fingerprint = '1') {
    this.id = id;
    this.fingerprint = fingerprint;
  }

  apply(record: FoldRecord): void {
    this.records.push(record);
    this.names.push(...namesIn(record.batch));
  }

  save(): Uint8Array {
    return new TextEncoder().encode(JSON.stringify(this.names));
  }

  load(saved: Uint8Array): void {
    this.names = JSON.parse(new TextDecoder().decode(saved));
  }
}

/** A graph of folds of one connector and of readers, all of the pipeline "traces" unless told otherwise. */
export function graphOf(folds: readonly Fold[], readers: readonly string[], pipelines = ['traces']): JournalGraph {
  const reading = new Set(pipelines);
  return {
    folds: folds.map((fold) => ({ connector: 'genai', pipelines: reading, fold })),
    readers: readers.map((id) => ({ id, pipelines: reading })),
  };
}

export function readerOf(journal: Journal, id = 'tempo'): Reader {
  return journal.bind(graphOf([], [id])).get(id)!;
}

/** What is there; it may have to be read from a disk first. */
export async function takeAll(reader: Reader, limit = UNLIMITED): Promise<Taken> {
  const taken: JournalRecord[] = [];
  for (let more = await takeNow(reader, limit); more.length > 0; more = await takeNow(reader, limit)) taken.push(...more);
  return taken;
}

/** In each of them a disk could have read a page, however busy the machine is. */
const PATIENCE_READS = 5;

/** One take, or nothing if none is there. */
export async function takeNow(reader: Reader, limit = UNLIMITED): Promise<Taken> {
  const impatience = new AbortController();
  const taken = reader.next(limit, impatience.signal).catch(() => []);
  for (let reads = 0; reads < PATIENCE_READS; reads++) await Promise.race([taken, readSomething()]);
  impatience.abort();
  return taken;
}

async function readSomething(): Promise<void> {
  await readFile(import.meta.filename);
  await pause(1);
}

/** Reader, reason and spans of everything that was given up. */
export function drops(
  observer: Observer,
): readonly (readonly [reader: string | undefined, reason: string | undefined, spans: number])[] {
  return [...observer.counters.counts()]
    .filter(({ name }) => name === 'spanmeter_journal_dropped_spans_total')
    .map(({ labels: { reader, reason }, value }) => [reader, reason, value]);
}
