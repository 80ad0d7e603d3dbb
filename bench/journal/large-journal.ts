/** A journal in a folder with a full dedupe window and many series, for measurements of what that costs. */
import { randomBytes } from 'node:crypto';
import type { Fold } from '../../src/component/contract.ts';
import type { Batch } from '../../src/data/batch.ts';
import { spansOf } from '../../src/data/spans.ts';
import type { DiskJournal } from '../../src/journal/journal.ts';
import { openJournal } from '../../src/journal/open.ts';
import { ScalarTable } from '../../src/metrics/scalar-table.ts';
import { SeriesBudget } from '../../src/metrics/series.ts';

export const KEYS = 1_000_000;
export const SERIES = 50_000;
export const MIB = 2 ** 20;

const METRICS = 5;
const PIPELINES = new Set(['traces']);
const LABELS = ['model', 'provider', 'api_key', 'team', 'env'];

const unbounded = new SeriesBudget({ maxPerMetric: Number.POSITIVE_INFINITY, max: Number.POSITIVE_INFINITY }, () => undefined);

/** Counters as the connectors have them; a record counts once in each. */
class Counters implements Fold {
  readonly id: string;
  readonly fingerprint = '1';
  readonly #table: ScalarTable;

  constructor(id: string) {
    this.id = id;
    const labels = LABELS.map((name) => ({ name, open: true }));
    this.#table = new ScalarTable({ name: id, otlpName: id, unit: '', help: '', labels }, 'counter', unbounded);
  }

  apply({ batch, timeMs }: { batch: Batch; timeMs: number }): void {
    if (batch.signal !== 'traces') return;
    const [first] = spansOf(batch);
    this.add(Number.parseInt(first?.span.spanId?.slice(0, 8) ?? '', 16), timeMs);
  }

  add(series: number, timeMs: number): void {
    const key = series % (SERIES / METRICS);
    const values = [`anthropic/claude-${key % 50}`, 'Amazon Bedrock', `key-${key}`, `team-${key % 100}`, 'prod'];
    this.#table.add(values, 123_456_789_012n, timeMs);
  }

  save(): Uint8Array {
    return this.#table.save();
  }

  capture(): Iterable<Uint8Array> {
    return this.#table.capture();
  }

  load(saved: Uint8Array): void {
    this.#table.load(saved);
  }
}

export type LargeJournalOptions = Readonly<{ directory: string; readers?: readonly string[]; snapshotBytes?: number }>;

export async function startJournal({ directory, readers = [], snapshotBytes }: LargeJournalOptions): Promise<DiskJournal> {
  const journal = openJournal({
    directory,
    maxBytes: 16 * 2 ** 30,
    segmentBytes: 64 * MIB,
    minFreeBytes: 0,
    maxSpans: KEYS,
    now: Date.now,
    diagnostics: { count() {}, record() {} },
    logger: { error: console.error, warn() {}, info() {}, debug() {}, show() {} },
    fail(error) {
      throw error;
    },
    ...(snapshotBytes !== undefined && { snapshotBytes }),
  });
  const folds = Array.from({ length: METRICS }, (_, index) => {
    return { connector: 'genai', pipelines: PIPELINES, fold: new Counters(`metric_${index}`) };
  });
  journal.bind({ folds, readers: readers.map((id) => ({ id, pipelines: PIPELINES })) });
  await journal.start();
  return journal;
}

/** So many new spans in one request, with a body of so many bytes. */
export function append(journal: DiskJournal, spans: number, bytes: number) {
  const ids = randomBytes(24 * spans).toString('hex');
  const made = Array.from({ length: spans }, (_, index) => {
    return { traceId: ids.slice(index * 48, index * 48 + 32), spanId: ids.slice(index * 48 + 32, index * 48 + 48) };
  });
  const resourceSpans = [{ scopeSpans: [{ spans: made }] }];
  const text = JSON.stringify({ resourceSpans });
  const padded = bytes > text.length ? `${text.slice(0, -1)}${' '.repeat(bytes - text.length)}}` : text;
  const encoded = { encoding: 'json', bytes: Buffer.from(padded), mergeable: true } as const;
  return journal.append([{ pipelines: ['traces'], batch: { signal: 'traces', resources: resourceSpans, encoded } }]);
}

export async function fillWindow(journal: DiskJournal): Promise<void> {
  for (let added = 0; added < KEYS; added += 10_000) {
    await Promise.all(Array.from({ length: 20 }, () => append(journal, 500, 0)));
  }
}
