/** Definitions, budgets and generated observations for tests of metric tables. */
import fc from 'fast-check';
import { ONE } from '../../src/data/exact.ts';
import type { Exemplar, Label, MetricFamily } from '../../src/data/metric.ts';
import type { LabelValues, MetricDefinition, SeriesLimits } from '../../src/metrics/series.ts';
import { SeriesBudget } from '../../src/metrics/series.ts';

export const costDefinition: MetricDefinition = {
  name: 'openrouter_cost_usd',
  otlpName: 'openrouter.cost.usd',
  unit: '',
  help: 'Charge in USD.',
  labels: [
    { name: 'model', open: true },
    { name: 'api_key', open: true },
    { name: 'type', open: false },
  ],
};

export const durationDefinition: MetricDefinition = {
  name: 'gen_ai_client_operation_duration_seconds',
  otlpName: 'gen_ai.client.operation.duration',
  unit: 's',
  help: 'Duration of a request.',
  labels: [
    { name: 'model', open: true },
    { name: 'error_type', open: false },
  ],
};

/** 0.16, 0.32 and 1 second. */
export const durationBounds = [160_000_000_000n, 320_000_000_000n, ONE];

export const unlimited: SeriesLimits = { maxPerMetric: 10_000, max: 50_000 };

export function budgetOf(limits: Partial<SeriesLimits> = {}, overflowed: string[] = []): SeriesBudget {
  return new SeriesBudget({ ...unlimited, ...limits }, (metric, label) => overflowed.push(`${metric} ${label}`));
}

export function exemplar(timeMs: number, value: bigint = ONE): Exemplar {
  return { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', value, timeMs };
}

/** What the points of a family hold, labels as text. */
export function contentOf(family: MetricFamily): readonly unknown[] {
  const points = family.kind === 'histogram' ? [...family.points()] : [...family.points()];
  return points.map(({ labels, ...rest }) => [joined(labels), rest]);
}

export type Observation = Readonly<{ values: LabelValues; value: bigint; weight: bigint; timeMs: number; exemplar?: Exemplar }>;

const labelValue = fc.option(
  fc.oneof(fc.constantFrom('a', 'b', 'c', '', '__overflow__'), fc.string({ maxLength: 3, unit: 'binary' })),
  {
    nil: undefined,
  },
);

/** Observations for a metric with this many open labels in front of one closed one. */
export function observations(openLabels: number): fc.Arbitrary<Observation[]> {
  const observation = fc.record({
    values: fc
      .tuple(...Array.from({ length: openLabels }, () => labelValue), fc.constantFrom('input', 'output', undefined))
      .map((values): LabelValues => values),
    value: fc.oneof(fc.bigInt(0n, 3n * ONE), fc.constantFrom(...durationBounds)),
    weight: fc.constantFrom(ONE, (3n * ONE) / 2n, ONE / 3n),
    timeMs: fc.integer({ min: 0, max: 1_000_000 }),
    at: fc.option(fc.integer({ min: 0, max: 1_000 }), { nil: undefined }),
  });
  return fc.array(
    observation.map(({ at, ...rest }) => (at === undefined ? rest : { ...rest, exemplar: exemplar(at, rest.value) })),
    { maxLength: 60 },
  );
}

export const limits: fc.Arbitrary<SeriesLimits> = fc.record({
  maxPerMetric: fc.integer({ min: 0, max: 12 }),
  max: fc.integer({ min: 0, max: 60 }),
});

/** `label=value,label=value total` of each point. */
export function labelTexts(family: MetricFamily): readonly string[] {
  if (family.kind === 'histogram') return [...family.points()].map(({ labels, sum }) => `${joined(labels)} ${sum}`);
  return [...family.points()].map(({ labels, value }) => `${joined(labels)} ${value}`);
}

function joined(labels: readonly Label[]): string {
  return labels.map((label) => label.join('=')).join(',');
}
