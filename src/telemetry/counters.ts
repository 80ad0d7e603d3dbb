/** Holds the counts of what components noticed, for as long as the process lives. */
import type { DiagnosticName, Diagnostics, MeasureName } from '../component/contract.ts';

type Labels = Readonly<Record<string, string>>;

type Count = Readonly<{ name: DiagnosticName; labels: Labels }> & { value: number };

export class Counters implements Diagnostics {
  readonly #countByKey = new Map<string, Count>();
  /** By the labels object itself: who counts with every request passes the same one. */
  readonly #countByLabels = new Map<DiagnosticName, WeakMap<Labels, Count>>();

  count(name: DiagnosticName, labels: Labels, amount = 1): void {
    const count = this.#countByLabels.get(name)?.get(labels) ?? this.#countOf(name, labels);
    count.value += amount;
  }

  /** Kept by nobody here: distributions are for whoever shows them. */
  record(_name: MeasureName, _labels: Labels, _value: number): void {}

  counts(): Iterable<Readonly<Count>> {
    return this.#countByKey.values();
  }

  #countOf(name: DiagnosticName, labels: Labels): Count {
    const key = `${name}${JSON.stringify(labels)}`;
    const count = this.#countByKey.get(key) ?? { name, labels, value: 0 };
    this.#countByKey.set(key, count);
    const countByLabels = this.#countByLabels.get(name) ?? new WeakMap();
    this.#countByLabels.set(name, countByLabels.set(labels, count));
    return count;
  }
}
