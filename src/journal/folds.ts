/** Drives the folds: every record once per pipeline that they read, and their state across reloads. */
import type { Diagnostics, Fold, FoldRecord, Logger } from '../component/contract.ts';
import { spanCount } from '../data/spans.ts';
import type { JournalGraph } from './contract.ts';

type BoundFold = JournalGraph['folds'][number];

/** A connector; its labels are made once. */
type Consumer = Readonly<{ labels: Readonly<{ connector: string }>; pipelines: ReadonlySet<string> }>;

/** A metric that returns within this time goes on from its total. */
export const FROZEN_MS = 30 * 24 * 60 * 60 * 1000;
/** Of all of them; the oldest go first. */
export const FROZEN_BYTES = 67_108_864;

/** State of the folds of one connector, all as of one record. */
export type SavedFolds<Saved = Uint8Array> = Readonly<{
  connector: string;
  folds: readonly Readonly<{ id: string; fingerprint: string; saved: Saved }>[];
}>;

/** State of a metric that is not configured any more, since then. */
export type FrozenFold = Readonly<{ key: string; saved: Uint8Array; sinceMs: number }>;

export class Folds {
  readonly #diagnostics: Diagnostics;
  readonly #logger: Logger;
  readonly #maxFrozenBytes: number;
  #boundByKey: ReadonlyMap<string, BoundFold> = new Map();
  #boundByPipeline: ReadonlyMap<string, readonly BoundFold[]> = new Map();
  #consumers: readonly Consumer[] = [];
  /** State of metrics that are not configured any more. */
  readonly #frozenByKey = new Map<string, Readonly<{ saved: Uint8Array; sinceMs: number }>>();
  /** Of those the ones that the log does not have. */
  #unlogged: readonly FrozenFold[] = [];

  constructor(diagnostics: Diagnostics, logger: Logger, maxFrozenBytes = FROZEN_BYTES) {
    this.#maxFrozenBytes = maxFrozenBytes;
    this.#diagnostics = diagnostics;
    this.#logger = logger;
  }

  /** `timeMs`: of the newest record. If a fold cannot load its state this throws, and the old ones stay bound. */
  bind(folds: readonly BoundFold[], timeMs: number): void {
    const boundByKey = new Map(folds.map((bound) => [keyOf(bound.connector, bound.fold), bound]));
    for (const [key, { fold }] of boundByKey) this.#load(key, fold);
    this.#freeze(boundByKey, timeMs);
    this.#boundByKey = boundByKey;
    const pipelines = new Set([...boundByKey.values()].flatMap((bound) => [...bound.pipelines]));
    this.#boundByPipeline = new Map(Array.from(pipelines, (id) => [id, boundTo(id, boundByKey)]));
    this.#consumers = folds.filter(isFirst).map(({ connector, pipelines }) => ({ labels: { connector }, pipelines }));
  }

  #load(key: string, fold: Fold): void {
    const before = this.#boundByKey.get(key)?.fold;
    if (before === fold) return;
    const saved = before?.save() ?? this.#frozenByKey.get(key)?.saved;
    if (saved !== undefined) fold.load(saved);
  }

  /** Those that are not bound any more. */
  #freeze(boundByKey: ReadonlyMap<string, BoundFold>, timeMs: number): void {
    for (const [key, { fold }] of this.#boundByKey) {
      if (boundByKey.has(key)) continue;
      const frozen = { saved: fold.save(), sinceMs: timeMs };
      this.#frozenByKey.set(key, frozen);
      this.#unlogged = [...this.#unlogged, { key, ...frozen }];
    }
    for (const [key, { sinceMs }] of this.#frozenByKey) {
      if (boundByKey.has(key) || timeMs - sinceMs > FROZEN_MS) this.#frozenByKey.delete(key);
    }
    let bytes = this.#frozenByKey.values().reduce((sum, { saved }) => sum + saved.byteLength, 0);
    for (const [key, { saved }] of this.#frozenByKey) {
      if (bytes <= this.#maxFrozenBytes) return;
      this.#frozenByKey.delete(key);
      bytes -= saved.byteLength;
      this.#logger.warn('a metric that is not configured any more is forgotten: there are too many', { metric: key });
    }
  }

  get frozen(): readonly FrozenFold[] {
    return [...this.#frozenByKey].map(([key, frozen]) => ({ key, ...frozen }));
  }

  /** What the log is to be told before the next record counts: a restart could not count for them what came before. */
  get unlogged(): readonly FrozenFold[] {
    return this.#unlogged;
  }

  logged(frozen: readonly FrozenFold[]): void {
    this.#unlogged = this.#unlogged.filter((one) => !frozen.includes(one));
  }

  /** After a restart; the bound folds have their state already. */
  adopt(frozen: readonly FrozenFold[]): void {
    for (const { key, ...state } of frozen) this.#frozenByKey.set(key, state);
  }

  get connectors(): readonly string[] {
    return this.#consumers.map(({ labels }) => labels.connector);
  }

  /** As of the last record; the bytes are made as they are asked for. */
  capture(connector: string): SavedFolds<Iterable<Uint8Array>> {
    const bound = [...this.#boundByKey.values()].filter((one) => one.connector === connector);
    const folds = bound.map(({ fold }) => {
      return { id: fold.id, fingerprint: fold.fingerprint, saved: fold.capture?.() ?? [fold.save()] };
    });
    return { connector, folds };
  }

  /** A record that several pipelines share reaches a fold that reads two of them twice, as two records would. */
  apply(record: FoldRecord, pipelines: readonly string[]): void {
    for (const pipeline of pipelines) {
      this.#consumed(record, pipeline);
      for (const bound of this.#boundByPipeline.get(pipeline) ?? []) this.#apply(record, bound);
    }
  }

  #consumed({ batch }: FoldRecord, pipeline: string): void {
    if (batch.signal !== 'traces') return;
    for (const { labels, pipelines } of this.#consumers) {
      if (pipelines.has(pipeline)) this.#diagnostics.count('otelcol_connector_consumed_items_total', labels, spanCount(batch));
    }
  }

  /** A fold that throws has a bug; it costs this record in this metric and nothing else. */
  #apply(record: FoldRecord, { connector, fold }: BoundFold): void {
    try {
      fold.apply(record);
    } catch (error) {
      this.#diagnostics.count('spanmeter_connector_fold_errors_total', { connector });
      this.#logger.error('cannot count a record in a metric', { connector, fold: fold.id, seq: record.seq, error });
    }
  }
}

/** In the order of the folds. */
function boundTo(pipeline: string, boundByKey: ReadonlyMap<string, BoundFold>): readonly BoundFold[] {
  return [...boundByKey.values()].filter(({ pipelines }) => pipelines.has(pipeline));
}

/** Of its connector. */
function isFirst({ connector }: BoundFold, index: number, folds: readonly BoundFold[]): boolean {
  return folds[index - 1]?.connector !== connector;
}

export function keyOf(connector: string, { id, fingerprint }: Pick<Fold, 'id' | 'fingerprint'>): string {
  return JSON.stringify([connector, id, fingerprint]);
}
