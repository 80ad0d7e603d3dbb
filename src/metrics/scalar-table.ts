/** Holds the series of one counter, gauge or info metric: exact cumulative values by label set. */
import type { Exemplar, Label, MetricFamily } from '../data/metric.ts';
import { newerOf } from './exemplar.ts';
import { decodeScalars, encodeSeries, type ScalarRow } from './saved-series.ts';
import type { LabelValues, MetricDefinition, SeriesBudget } from './series.ts';
import { type Birth, SeriesMap } from './series-map.ts';

class ScalarSeries {
  readonly values: LabelValues;
  readonly labels: readonly Label[];
  readonly bornMs: number;
  value = 0n;
  exemplar: Exemplar | undefined;

  constructor({ values, labels, bornMs }: Birth) {
    this.values = values;
    this.labels = labels;
    this.bornMs = bornMs;
  }
}

/** All amounts in units of 1e-12, already scaled for sampling; the value of an exemplar is not. */
export class ScalarTable {
  readonly family: MetricFamily;
  readonly #definition: MetricDefinition;
  readonly #series: SeriesMap<ScalarSeries>;

  constructor(definition: MetricDefinition, kind: 'counter' | 'gauge' | 'info', budget: SeriesBudget) {
    const series = new SeriesMap(definition, 1, budget, (birth) => new ScalarSeries(birth));
    this.#definition = definition;
    this.#series = series;
    const { name, otlpName, unit, help } = definition;
    this.family = { name, otlpName, unit, help, kind, points: () => series.values() };
  }

  /** The newest span end keeps its exemplar. Throws on a negative amount: a counter never falls. */
  add(values: LabelValues, amount: bigint, timeMs: number, exemplar?: Exemplar): void {
    if (amount < 0n) throw new RangeError(`cannot add to "${this.#definition.name}": the amount is negative`);
    const series = this.#series.find(values, timeMs);
    series.value += amount;
    series.exemplar = newerOf(series.exemplar, exemplar);
  }

  set(values: LabelValues, amount: bigint, timeMs: number): void {
    this.#series.find(values, timeMs).value = amount;
  }

  /** For a gauge that never goes back. */
  raise(values: LabelValues, amount: bigint, timeMs: number): void {
    const series = this.#series.find(values, timeMs);
    if (amount > series.value) series.value = amount;
  }

  save(): Uint8Array {
    return Buffer.concat([...this.capture()]);
  }

  /** The bytes of save() as of this moment, however late they are asked for. */
  capture(): Iterable<Uint8Array> {
    return encodeSeries(
      Array.from(this.#series.values(), ({ values, bornMs, value, exemplar }): ScalarRow => [values, bornMs, value, exemplar]),
    );
  }

  load(saved: Uint8Array): void {
    for (const [values, bornMs, value, exemplar] of decodeScalars(saved)) {
      const series = this.#series.restore(values, bornMs);
      series.value = value;
      series.exemplar = exemplar;
    }
  }
}
