/** Every metric that the connector can show, in page order. */
import { SCOPE_LABELS } from './catalogue-labels.ts';
import { CLIENT_METRICS } from './client-metrics.ts';
import { COST_METRICS } from './cost-metrics.ts';
import type { MetricDescription, MetricSpec } from './metric-spec.ts';
import { REQUEST_METRICS } from './request-metrics.ts';
import { ROUTING_METRICS } from './routing-metrics.ts';

/** Those that spans feed one by one. */
export const METRIC_SPECS: readonly MetricSpec[] = [...CLIENT_METRICS, ...REQUEST_METRICS, ...COST_METRICS, ...ROUTING_METRICS];

export const PERIOD_COST: MetricDescription = {
  id: 'openrouter_period_cost_usd',
  kind: 'gauge',
  otlpName: 'openrouter.period.cost.usd',
  unit: '',
  help: 'Charges in USD of the UTC day and month of the newest record, by the end of the requests, over all models.',
  scope: 'plain',
  labels: [],
  own: { name: 'period', values: ['day', 'month'] },
};

export const SAMPLING_RATIO: MetricDescription = {
  id: 'openrouter_sampling_ratio',
  kind: 'gauge',
  otlpName: 'openrouter.sampling.ratio',
  unit: '1',
  help: 'Configured share of requests that the sender reports; what is counted is divided by it.',
  scope: 'plain',
  labels: [],
};

export const CATALOGUE: readonly MetricDescription[] = [...METRIC_SPECS, PERIOD_COST, SAMPLING_RATIO];

/** Without dimensions, in page order. */
export function labelsOf({ scope, labels, own }: MetricDescription): readonly string[] {
  return [...SCOPE_LABELS[scope], ...labels, ...(own === undefined ? [] : [own.name])];
}
