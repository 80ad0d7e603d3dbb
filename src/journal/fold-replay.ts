/** Brings folds back to where they were: their saved state, then every record since, under the graph of its time. */
import type { Fold, FoldRecord } from '../component/contract.ts';
import type { JournalGraph } from './contract.ts';
import { FROZEN_MS, type FrozenFold, keyOf, type SavedFolds } from './folds.ts';
import { decodeFrozen, type GraphPayload } from './payload.ts';

type BoundFold = JournalGraph['folds'][number];
type Reading = GraphPayload['folds'][number];

/** Records that a metric should have counted. */
type Missed = Readonly<{ connector: string; metric: string; records: number }>;

export class FoldReplay {
  readonly #boundByKey: ReadonlyMap<string, BoundFold>;
  readonly #failed: (connector: string, fold: Fold, record: FoldRecord, error: unknown) => void;
  readonly #savedByKey = new Map<string, Readonly<{ saved: Uint8Array; sinceMs: number }>>();
  readonly #positionByConnector = new Map<string, number>();
  readonly #loaded = new Set<string>();
  #active: readonly Readonly<{ connector: string; fold: Fold; pipelines: ReadonlySet<string>; after: number }>[] = [];
  /** Folds that were in force and are not to run. */
  #gone: readonly Readonly<{ key: string; connector: string; metric: string; pipelines: ReadonlySet<string>; after: number }>[] =
    [];
  readonly #missedByKey = new Map<string, Missed>();
  #since = 0;

  /** `folds`: of the graph that is to run. */
  constructor(folds: readonly BoundFold[], failed: (connector: string, fold: Fold, record: FoldRecord, error: unknown) => void) {
    this.#boundByKey = new Map(folds.map((bound) => [keyOf(bound.connector, bound.fold), bound]));
    this.#failed = failed;
  }

  /** The records up to `position` are in it. */
  restore({ connector, folds }: SavedFolds, position: number, timeMs: number): void {
    this.#positionByConnector.set(connector, position);
    for (const { id, fingerprint, saved } of folds) {
      this.#savedByKey.set(keyOf(connector, { id, fingerprint }), { saved, sinceMs: timeMs });
    }
  }

  restoreFrozen(frozen: readonly FrozenFold[]): void {
    for (const { key, saved, sinceMs } of frozen) this.#savedByKey.set(key, { saved, sinceMs });
  }

  /** From the record after `graph.since` on. */
  enter(graph: GraphPayload): void {
    this.#since = graph.since;
    this.restoreFrozen(graph.frozen.map(decodeFrozen));
    for (const { key } of graph.frozen) this.#missedByKey.delete(key);
    this.#gone = graph.folds
      .map(({ connector, pipelines, ...fold }) => {
        const after = this.#firstOf(connector);
        return { key: keyOf(connector, fold), connector, metric: fold.id, pipelines: new Set(pipelines), after };
      })
      .filter(({ key }) => !this.#boundByKey.has(key));
    this.#active = [...this.#boundByKey].flatMap(([key, { connector, fold }]) => {
      const reading = graph.folds.find((other) => keyOf(other.connector, other) === key);
      return reading === undefined ? [] : [this.#activate(key, connector, fold, reading)];
    });
  }

  apply(record: FoldRecord, pipelines: readonly string[]): void {
    for (const pipeline of pipelines) {
      for (const { connector, fold } of this.#active.filter(countsIn(pipeline, record))) this.#apply(record, connector, fold);
      for (const gone of this.#gone.filter(countsIn(pipeline, record))) this.#miss(gone);
    }
  }

  /** What the totals of metrics lack that were removed since the last snapshot without a word in the log. */
  get missed(): readonly Missed[] {
    return [...this.#missedByKey.values()];
  }

  /** What was removed stays for a while, in case it returns. */
  end(timeMs: number): readonly FrozenFold[] {
    for (const [key, { fold }] of this.#boundByKey) {
      const { saved, sinceMs = 0 } = this.#savedByKey.get(key) ?? {};
      if (saved !== undefined && timeMs - sinceMs <= FROZEN_MS) this.#load(key, fold);
    }
    return [...this.#savedByKey].flatMap(([key, state]) => (this.#boundByKey.has(key) ? [] : [{ key, ...state }]));
  }

  #activate(key: string, connector: string, fold: Fold, { pipelines }: Reading) {
    this.#load(key, fold);
    return { connector, fold, pipelines: new Set(pipelines), after: this.#firstOf(connector) };
  }

  /** The records after this one are to be counted. */
  #firstOf(connector: string): number {
    return Math.max(this.#positionByConnector.get(connector) ?? 0, this.#since);
  }

  #miss({ key, connector, metric }: Readonly<{ key: string; connector: string; metric: string }>): void {
    const { records } = this.#missedByKey.get(key) ?? { records: 0 };
    this.#missedByKey.set(key, { connector, metric, records: records + 1 });
  }

  #load(key: string, fold: Fold): void {
    const saved = this.#savedByKey.get(key)?.saved;
    if (saved !== undefined && !this.#loaded.has(key)) fold.load(saved);
    this.#loaded.add(key);
  }

  #apply(record: FoldRecord, connector: string, fold: Fold): void {
    try {
      fold.apply(record);
    } catch (error) {
      this.#failed(connector, fold, record, error);
    }
  }
}

function countsIn(pipeline: string, { seq }: FoldRecord) {
  return ({ pipelines, after }: Readonly<{ pipelines: ReadonlySet<string>; after: number }>) =>
    seq > after && pipelines.has(pipeline);
}
