/** Counts what calls of language models cost, use and take: exact figures by model, provider, key and your own dimensions. */
import { z } from 'zod';
import type { Connector, Diagnostics } from '../../component/contract.ts';
import { defineConnector } from '../../component/define.ts';
import { duration, section, unsupported } from '../../config/fields.ts';
import { exactOfNumber } from '../../data/exact.ts';
import { SeriesBudget } from '../../metrics/series.ts';
import { attributeReads } from './attribute-reads.ts';
import { Buckets } from './buckets.ts';
import { PERIOD_COST, SAMPLING_RATIO } from './catalogue.ts';
import { SCOPE_LABELS } from './catalogue-labels.ts';
import { Days, MOST_DAY_ROWS } from './days.ts';
import { Dimensions, dimensionOf } from './dimension-settings.ts';
import { LabelAdmission } from './label-admission.ts';
import { LabelFold } from './label-fold.ts';
import { createMetric } from './metric-fold.ts';
import { RecordReader } from './record-reader.ts';
import { enabledSpecs, familyOf, labelNamed, nameUnder, setupOf } from './setup.ts';
import { shownMetrics } from './shown-metrics.ts';

const Series = z.strictObject({
  max_per_metric: z.int().positive().default(10_000).describe('Label sets of one metric before the rest becomes __overflow__.'),
  max: z.int().positive().default(50_000).describe('Lines of all metrics before every new label set becomes __overflow__.'),
  initial: duration().prefault('75s').describe('How long a new series shows 0 first, so that Prometheus sees it rise.'),
  initial_for: z
    .enum(['prometheus', 'all'])
    .default('prometheus')
    .describe('Who sees that 0: scrapers that say they are Prometheus, or every client.'),
});

const Config = z
  .strictObject({
    dimensions: Dimensions.default([]).describe('Attributes that become labels of the metrics by model, provider and key.'),
    histogram_dimensions: z
      .array(z.string().min(1))
      .default(['provider'])
      .describe('Which of model, provider, api_key and the dimensions the histograms have too; each multiplies their series.'),
    buckets: Buckets.default('llm').describe(
      'Bucket bounds: made for language models, of the semantic conventions, or own ones.',
    ),
    sampling_ratio: z
      .number()
      .positive()
      .max(1)
      .default(1)
      .describe('Share of requests that the sender reports; what is counted is divided by it.'),
    sampling_ratio_attribute: z.string().min(1).optional().describe('Attribute that holds the share of its own span.'),
    series: section(Series).describe('How many series there may be, and how they begin.'),
    provider_label: z
      .enum(['author', 'serving'])
      .default('author')
      .describe('Whom gen_ai_provider_name names: who made the model, or who served it.'),
    prefix: z
      .string()
      .regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, 'expected the start of a metric name: letters, digits and "_", no digit first')
      .default('openrouter')
      .describe('What metrics outside the semantic conventions begin with.'),
    semconv: z.boolean().default(true).describe('Show the histograms of the semantic conventions.'),
    cost_detail: z.boolean().default(false).describe('Show input and output cost as a metric of their own.'),
    unit_prices: z.boolean().default(false).describe('Show list prices per token as last seen.'),
    output_tokens_per_second: z.boolean().default(false).describe('Show a histogram of output tokens per second.'),
    budgets: unsupported('there are no budgets yet; alert on openrouter_cost_usd_total'),
    compat: unsupported('there are no further sets of metric names yet'),
    metric_expiration: unsupported('series are never hidden; what was counted stays on the page'),
  })
  .superRefine(({ dimensions, histogram_dimensions }, context) => {
    for (const [index, written] of histogram_dimensions.entries()) {
      if (labelNamed(written, dimensions.map(dimensionOf)) !== undefined) continue;
      const message = `"${written}" is no dimension; expected model, provider, api_key or an entry of dimensions`;
      context.addIssue({ code: 'custom', path: ['histogram_dimensions', index], message });
    }
  });

export const genaiConnector = defineConnector({
  type: 'genai',
  summary: 'Counts requests, cost, tokens and timings of model calls, exactly, as metrics.',
  reads: ['traces'],
  config: Config,
  example:
    'dimensions:\n  - trace.metadata.team\n  - { name: deployment.environment.name, label: env, default: prod, max_values: 20 }',
  readsAttributes: attributeReads,
  shows: shownMetrics,
  holds: ({ series }) => ({ series_lines: series.max, day_rows: MOST_DAY_ROWS }),
  create: createGenai,
});

function createGenai(config: z.output<typeof Config>, diagnostics: Diagnostics): Connector<'traces'> {
  const { prefix, series } = config;
  const dimensions = config.dimensions.map(dimensionOf);
  const admission = new LabelAdmission(dimensions, config.provider_label);
  const ratio = exactOfNumber(config.sampling_ratio);
  if (typeof ratio !== 'bigint') throw new RangeError(`cannot sample by ${config.sampling_ratio}: ${ratio}`);
  const reader = new RecordReader(admission, { attribute: config.sampling_ratio_attribute, ratio });
  const specs = enabledSpecs(config);
  const pageNames = new Map(specs.map((spec) => [familyOf(spec, prefix).name, nameUnder(prefix, spec.id)]));
  const overflowLabels = new Map<string, Readonly<Record<string, string>>>();
  const overflowed = (family: string, label: string) => {
    const key = `${family} ${label}`;
    const labels = overflowLabels.get(key) ?? { connector: 'genai', metric: pageNames.get(family) ?? family, label };
    diagnostics.count('spanmeter_series_overflow_total', labels);
    overflowLabels.set(key, labels);
  };
  const budget = new SeriesBudget({ maxPerMetric: series.max_per_metric, max: series.max }, overflowed);
  const metrics = specs.map((spec) => {
    return createMetric(spec, setupOf(spec, config, dimensions, admission.open), { reader, budget, overflowed });
  });
  const requestLabels = [...SCOPE_LABELS.request, ...dimensions.map(({ label }) => label)];
  const days = new Days(familyOf(PERIOD_COST, prefix), reader, requestLabels);
  const shown = new Set([...specs, SAMPLING_RATIO].map(({ id }) => id));
  const labels = new LabelFold(admission, reader, diagnostics, (id) => (shown.has(id) ? nameUnder(prefix, id) : undefined));
  const samplingRatio = { labels: [], bornMs: 0, value: ratio };
  return {
    folds: [labels, ...metrics.map(({ fold }) => fold), days],
    families: [
      ...metrics.map(({ family }) => family),
      days.family,
      { ...familyOf(SAMPLING_RATIO, prefix), kind: 'gauge', points: () => [samplingRatio] },
    ],
    get newestMs() {
      return labels.newestMs;
    },
    get valuesByLabel() {
      return admission.valuesByLabel;
    },
    initialMs: series.initial,
    initialForAll: series.initial_for === 'all',
  };
}
