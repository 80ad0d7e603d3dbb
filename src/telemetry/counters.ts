/** Holds the counts of what components noticed, for as long as the process lives. */
import type { DiagnosticName, Diagnostics, MeasureName } from '../component/contract.ts';

type Labels = Readonly<Record<string, string>>;

type Count = Readonly<{ name: DiagnosticName; labels: Labels; value: number }>;

export class Counters implements Diagnostics {
  readonly #counts = new Map<string, { name: DiagnosticName; labels: Labels; value: number }>();

  count(name: DiagnosticName, labels: Labels, amount = 1): void {
    const key = `${name}${JSON.stringify(labels)}`;
    const count = this.#counts.get(key);
    if (count === undefined) this.#counts.set(key, { name, labels, value: amount });
    else count.value += amount;
  }

  /** Kept by nobody here: distributions are for whoever shows them. */
  record(_name: MeasureName, _labels: Labels, _value: number): void {}

  counts(): Iterable<Count> {
    return this.#counts.values();
  }
}
