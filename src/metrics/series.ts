/** Says what a metric and its labels are, and bounds how many series the metrics of one connector may have. */

/** `open`: its values come from outside. A closed label has few values and keeps its own when the metric overflows. */
export type LabelDefinition = Readonly<{ name: string; open: boolean }>;

export type MetricDefinition = Readonly<{
  /** Prometheus name without `_total`. */
  name: string;
  otlpName: string;
  /** OTLP unit, '' for none. */
  unit: string;
  help: string;
  labels: readonly LabelDefinition[];
}>;

/** Parallel to the labels of the metric; undefined or '': the series has no such label. */
export type LabelValues = readonly (string | undefined)[];

/** What a label says whose own value was one too many. */
export const OVERFLOW = '__overflow__';

/** Label sets of one metric; lines on the page of all metrics. */
export type SeriesLimits = Readonly<{ maxPerMetric: number; max: number }>;

/** Shared by all metrics of one connector. What it has given stays given; it is rebuilt from the tables as they load. */
export class SeriesBudget {
  readonly #limits: SeriesLimits;
  readonly #overflowed: (metric: string, label: string) => void;
  #lines = 0;

  /** `overflowed` hears of every observation that goes to an overflow series; the label is `*`: no single one is to blame. */
  constructor(limits: SeriesLimits, overflowed: (metric: string, label: string) => void) {
    this.#limits = limits;
    this.#overflowed = overflowed;
  }

  admits(labelSets: number, lines: number): boolean {
    return labelSets < this.#limits.maxPerMetric && this.#lines + lines <= this.#limits.max;
  }

  take(lines: number): void {
    this.#lines += lines;
  }

  reportOverflow(metric: string): void {
    this.#overflowed(metric, '*');
  }
}
