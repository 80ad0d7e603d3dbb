/** What a cumulative metric is between the fold that counts it and the page or push that shows it. */

export type MetricKind = 'counter' | 'gauge' | 'histogram' | 'info';

/** Name and value, legacy-valid name, in the order of the page. */
export type Label = readonly [name: string, value: string];

/** The request behind a point: its own value (1e-12 units), and the end of its span. */
export type Exemplar = Readonly<{ traceId: string; spanId: string; value: bigint; timeMs: number }>;

type Series = Readonly<{
  labels: readonly Label[];
  /** Time of the record that made the series. */
  bornMs: number;
}>;

/** `value` counts units of 1e-12. */
export type ScalarPoint = Series & Readonly<{ value: bigint; exemplar?: Exemplar | undefined }>;

/**
 * All amounts in units of 1e-12, counts too (a sampled request may count as 1.5). `counts[i]` observations were
 * `<= bounds[i]` and above the bound before; the last one is the rest up to +Inf. Not cumulative.
 */
export type HistogramPoint = Series &
  Readonly<{ counts: readonly bigint[]; sum: bigint; exemplars: readonly (Exemplar | undefined)[] }>;

type Described = Readonly<{
  /** Prometheus name without `_total`: the OpenMetrics family. */
  name: string;
  /** OTLP name, for a push. */
  otlpName: string;
  /** OTLP unit, '' for none. */
  unit: string;
  help: string;
}>;

/**
 * A point is the same object for the life of its series, so text made from its labels can be kept beside it;
 * it is read whole in one turn. The iteration survives turns of the loop and new series in between.
 */
export type MetricFamily = Described &
  (
    | Readonly<{ kind: 'counter' | 'gauge' | 'info'; points(): Iterable<ScalarPoint> }>
    | Readonly<{ kind: 'histogram'; bounds: readonly bigint[]; points(): Iterable<HistogramPoint> }>
  );
