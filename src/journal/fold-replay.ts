/** Brings folds back to where they were: their saved state, then every record since, under the graph of its time. */
import type { Fold, FoldRecord } from '../component/contract.ts';
import type { JournalGraph } from './contract.ts';
import { FROZEN_MS, type FrozenFold, keyOf, type SavedFolds } from './folds.ts';
import type { GraphPayload } from './payload.ts';

type BoundFold = JournalGraph['folds'][number];
type Reading = GraphPayload['folds'][number];

export class FoldReplay {
  readonly #boundByKey: ReadonlyMap<string, BoundFold>;
  readonly #failed: (connector: string, fold: Fold, record: FoldRecord, error: unknown) => void;
  readonly #savedByKey = new Map<string, Readonly<{ saved: Uint8Array; sinceMs: number }>>();
  readonly #positionByConnector = new Map<string, number>();
  readonly #loaded = new Set<string>();
  #active: readonly Readonly<{ connector: string; fold: Fold; pipelines: ReadonlySet<string>; after: number }>[] = [];
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
    this.#active = [...this.#boundByKey].flatMap(([key, { connector, fold }]) => {
      const reading = graph.folds.find((other) => keyOf(other.connector, other) === key);
      return reading === undefined ? [] : [this.#activate(key, connector, fold, reading)];
    });
  }

  apply(record: FoldRecord, pipelines: readonly string[]): void {
    for (const pipeline of pipelines) {
      for (const { connector, fold, pipelines: read, after } of this.#active) {
        if (record.seq > after && read.has(pipeline)) this.#apply(record, connector, fold);
      }
    }
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
    const after = Math.max(this.#positionByConnector.get(connector) ?? 0, this.#since);
    return { connector, fold, pipelines: new Set(pipelines), after };
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
