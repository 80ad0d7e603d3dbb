/** Finds the series of a label set, or makes it; one too many goes to the overflow series of its metric. */
import type { Label } from '../data/metric.ts';
import { type LabelValues, type MetricDefinition, OVERFLOW, type SeriesBudget } from './series.ts';

/** What every kind of series is made with. */
export type Birth = Readonly<{ values: LabelValues; labels: readonly Label[]; bornMs: number }>;

/** `overflow`: the series stands for label sets that are one too many. */
type Found<S> = Readonly<{ series: S; overflow: boolean }>;

export class SeriesMap<S> {
  readonly #definition: MetricDefinition;
  readonly #lines: number;
  readonly #budget: SeriesBudget;
  readonly #create: (birth: Birth) => S;
  readonly #seriesByKey = new Map<string, S>();
  /** By the list itself: one that comes again holds the same values. */
  readonly #foundByValues = new WeakMap<LabelValues, Found<S>>();
  #overflows = 0;

  /** `lines`: what one series takes on the page. */
  constructor(definition: MetricDefinition, lines: number, budget: SeriesBudget, create: (birth: Birth) => S) {
    this.#definition = definition;
    this.#lines = lines;
    this.#budget = budget;
    this.#create = create;
  }

  /** In the order in which they were made; series made during an iteration are part of it. */
  values(): Iterable<S> {
    return this.#seriesByKey.values();
  }

  /** The list must stay as it is: the next time it is known at once. */
  find(values: LabelValues, timeMs: number): S {
    let found = this.#foundByValues.get(values);
    if (found === undefined) {
      found = this.#search(this.#texts(values), timeMs);
      this.#foundByValues.set(values, found);
    }
    if (found.overflow) this.#budget.reportOverflow(this.#definition.name);
    return found.series;
  }

  /** A series that was admitted once stays, whatever the limits are now. */
  restore(raw: LabelValues, bornMs: number): S {
    const values = this.#texts(raw);
    return this.#make(JSON.stringify(values), values, bornMs);
  }

  /** What is over a limit once stays so: nothing is taken back from a budget. */
  #search(values: LabelValues, timeMs: number): Found<S> {
    const key = JSON.stringify(values);
    const known = this.#seriesByKey.get(key);
    if (known !== undefined) return { series: known, overflow: false };
    const overflow = this.#overflowOf(values);
    const overflowKey = JSON.stringify(overflow);
    if (key === overflowKey || this.#budget.admits(this.#seriesByKey.size - this.#overflows, this.#lines)) {
      return { series: this.#make(key, values, timeMs), overflow: false };
    }
    return { series: this.#seriesByKey.get(overflowKey) ?? this.#make(overflowKey, overflow, timeMs), overflow: true };
  }

  #make(key: string, values: LabelValues, bornMs: number): S {
    const labels = this.#definition.labels.flatMap(({ name }, index): Label[] => {
      const value = values[index];
      return value === undefined ? [] : [[name, value]];
    });
    const series = this.#create({ values, labels, bornMs });
    this.#seriesByKey.set(key, series);
    this.#budget.take(this.#lines);
    if (key === JSON.stringify(this.#overflowOf(values))) this.#overflows += 1;
    return series;
  }

  /** As the page will show them: sets that look the same there must be one series here. */
  #texts(raw: LabelValues): LabelValues {
    return this.#definition.labels.map((_, index) => raw[index]?.toWellFormed() || undefined);
  }

  #overflowOf(values: LabelValues): LabelValues {
    return this.#definition.labels.map(({ open }, index) => (open ? OVERFLOW : values[index]));
  }
}
