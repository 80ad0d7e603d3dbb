/** Holds the series of one histogram: exact bucket counts and sums by label set. */
import { ONE, scale } from '../data/exact.ts';
import type { Exemplar, Label, MetricFamily } from '../data/metric.ts';
import { newerOf } from './exemplar.ts';
import { decodeHistograms, encodeSeries, type HistogramRow } from './saved-series.ts';
import type { LabelValues, MetricDefinition, SeriesBudget } from './series.ts';
import { type Birth, SeriesMap } from './series-map.ts';

class HistogramSeries {
  readonly values: LabelValues;
  readonly labels: readonly Label[];
  readonly bornMs: number;
  readonly counts: bigint[];
  readonly exemplars: (Exemplar | undefined)[];
  sum = 0n;

  constructor({ values, labels, bornMs }: Birth, buckets: number) {
    this.values = values;
    this.labels = labels;
    this.bornMs = bornMs;
    this.counts = Array.from({ length: buckets }, () => 0n);
    this.exemplars = Array.from({ length: buckets }, () => undefined);
  }
}

/** All amounts in units of 1e-12, counts too. */
export class HistogramTable {
  readonly family: MetricFamily;
  readonly #definition: MetricDefinition;
  readonly #bounds: readonly bigint[];
  readonly #series: SeriesMap<HistogramSeries>;

  /** `bounds` rise; the bucket up to +Inf is not among them. */
  constructor(definition: MetricDefinition, bounds: readonly bigint[], budget: SeriesBudget) {
    const buckets = bounds.length + 1;
    // A line per bucket, one for the sum, one for the count.
    const series = new SeriesMap(definition, buckets + 2, budget, (birth) => new HistogramSeries(birth, buckets));
    this.#definition = definition;
    this.#bounds = bounds;
    this.#series = series;
    const { name, otlpName, unit, help } = definition;
    this.family = { name, otlpName, unit, help, kind: 'histogram', bounds, points: () => series.values() };
  }

  /**
   * One observation that stands for `weight` of them (`ONE` unless sampled). The newest span end of each bucket keeps its
   * exemplar. Throws on a negative value: the sum never falls.
   */
  observe(values: LabelValues, value: bigint, weight: bigint, timeMs: number, exemplar?: Exemplar): void {
    if (value < 0n) throw new RangeError(`cannot observe into "${this.#definition.name}": the value is negative`);
    const series = this.#series.find(values, timeMs);
    const bucket = bucketOf(value, this.#bounds);
    series.counts[bucket] = (series.counts[bucket] ?? 0n) + weight;
    series.sum += weight === ONE ? value : scale(value, weight);
    series.exemplars[bucket] = newerOf(series.exemplars[bucket], exemplar);
  }

  save(): Uint8Array {
    return Buffer.concat([...this.capture()]);
  }

  /** The bytes of save() as of this moment, however late they are asked for. */
  capture(): Iterable<Uint8Array> {
    return encodeSeries(
      Array.from(
        this.#series.values(),
        ({ values, bornMs, sum, counts, exemplars }): HistogramRow => [values, bornMs, sum, [...counts], [...exemplars]],
      ),
    );
  }

  load(saved: Uint8Array): void {
    for (const [values, bornMs, sum, counts, exemplars] of decodeHistograms(saved)) {
      const series = this.#series.restore(values, bornMs);
      series.sum = sum;
      for (const [bucket, count] of counts.entries()) series.counts[bucket] = count;
      for (const [bucket, exemplar] of exemplars.entries()) series.exemplars[bucket] = exemplar;
    }
  }
}

/** The first bound that is not below it; comparing such numbers is slow, and there are many bounds. */
function bucketOf(value: bigint, bounds: readonly bigint[]): number {
  let [from, to] = [0, bounds.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    const bound = bounds[middle];
    if (bound !== undefined && bound < value) from = middle + 1;
    else to = middle;
  }
  return from;
}
