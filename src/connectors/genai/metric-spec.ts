/** How the catalogue describes a metric: what the page says of it, and which figures of a call feed it. */
import type { Attempt } from '../../genai/attempt.ts';
import type { ModelCall } from '../../genai/model-call.ts';
import type { BucketKind } from './buckets.ts';
import type { CatalogueLabel } from './catalogue-labels.ts';

/** Metrics that are left out unless the config asks for them by this name. */
export type OptIn = 'cost_detail' | 'unit_prices' | 'output_tokens_per_second';

/** `own`: value of the metric's own label, if it has one. Amounts in units of 1e-12. */
type Emit = (amount: bigint, own?: string) => void;

type Described = Readonly<{
  /** Name on the page, under the default prefix. */
  id: string;
  otlpName: string;
  /** OTLP unit, '' for none. */
  unit: string;
  help: string;
  /** The labels in front, and which dimensions follow them: the histogram dimensions, all, or none. */
  scope: 'client' | 'request' | 'plain';
  /** Behind those of the scope. */
  labels: readonly CatalogueLabel[];
  /** One more label, of few values, behind all others. */
  own?: Readonly<{ name: string; values: readonly string[] }>;
  optIn?: OptIn;
}>;

/** `exemplars`: each line leads to its newest request. `raise`: a gauge that never goes back. */
type Kind =
  | Readonly<{ kind: 'counter'; exemplars?: true }>
  | Readonly<{ kind: 'gauge'; raise?: true }>
  | Readonly<{ kind: 'info' }>
  | Readonly<{ kind: 'histogram'; buckets: BucketKind; exemplars?: true }>;

/** Fed once per model call or upstream attempt; `timeMs` is when the record was received. */
type Fed =
  | Readonly<{ from: 'request'; feed(call: ModelCall, emit: Emit, timeMs: number): void }>
  | Readonly<{ from: 'attempt'; feed(attempt: Attempt, emit: Emit): void }>;

export type MetricDescription = Described & Kind;
export type MetricSpec = MetricDescription & Fed;
