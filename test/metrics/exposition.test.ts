import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exactOfText, ONE } from '../../src/data/exact.ts';
import type { PageSettings } from '../../src/metrics/exposition.ts';
import { HistogramTable } from '../../src/metrics/histogram-table.ts';
import { ScalarTable } from '../../src/metrics/scalar-table.ts';
import { expositionOf, pageOf, pulled, sourceOf } from '../helpers/metric-pages.ts';
import { budgetOf, costDefinition, durationBounds, durationDefinition, exemplar } from '../helpers/metric-samples.ts';
import { findPrometheus, lintPage } from '../helpers/prometheus.ts';
import { parseStrictly } from '../helpers/strict-page.ts';

const promtool = findPrometheus();

function amount(text: string): bigint {
  return BigInt(exactOfText(text));
}

/** One family of each kind, one series each. */
function everyKind() {
  const budget = budgetOf();
  const cost = new ScalarTable({ ...costDefinition, help: 'Charge in "USD",\nas \\sent.' }, 'counter', budget);
  const duration = new HistogramTable(durationDefinition, durationBounds, budget);
  const last = new ScalarTable(
    {
      name: 'openrouter_last_span_timestamp_seconds',
      otlpName: 'openrouter.last_span.timestamp',
      unit: 's',
      help: 'Newest span end.',
      labels: [],
    },
    'gauge',
    budget,
  );
  const info = new ScalarTable(
    {
      name: 'openrouter_model_info',
      otlpName: 'openrouter.model.info',
      unit: '',
      help: 'Author of a model.',
      labels: [{ name: 'model', open: true }],
    },
    'info',
    budget,
  );
  cost.add(['anthropic/claude', 'say "hi"\n', undefined], amount('123456789012.123456789012'), 0);
  cost.add(['anthropic/claude', 'say "hi"\n', undefined], amount('0.008625'), 0, exemplar(1_790_700_025_100, amount('0.008625')));
  duration.observe(['anthropic/claude'], amount('0.2'), ONE, 0, exemplar(1_790_700_025_100, amount('0.2')));
  duration.observe(['anthropic/claude'], amount('7'), amount('1.5'), 0);
  last.set([], amount('1790700025.1'), 0);
  info.set(['anthropic/claude'], ONE, 0);
  return [cost, duration, last, info].map(({ family }) => family);
}

const classicPage = `\
# HELP openrouter_cost_usd_total Charge in "USD",\\nas \\\\sent.
# TYPE openrouter_cost_usd_total counter
openrouter_cost_usd_total{model="anthropic/claude",api_key="say \\"hi\\"\\n"} 123456789012.132081789012
# HELP gen_ai_client_operation_duration_seconds Duration of a request.
# TYPE gen_ai_client_operation_duration_seconds histogram
gen_ai_client_operation_duration_seconds_bucket{model="anthropic/claude",le="0.16"} 0
gen_ai_client_operation_duration_seconds_bucket{model="anthropic/claude",le="0.32"} 1
gen_ai_client_operation_duration_seconds_bucket{model="anthropic/claude",le="1.0"} 1
gen_ai_client_operation_duration_seconds_bucket{model="anthropic/claude",le="+Inf"} 2.5
gen_ai_client_operation_duration_seconds_sum{model="anthropic/claude"} 10.7
gen_ai_client_operation_duration_seconds_count{model="anthropic/claude"} 2.5
# HELP openrouter_last_span_timestamp_seconds Newest span end.
# TYPE openrouter_last_span_timestamp_seconds gauge
openrouter_last_span_timestamp_seconds 1790700025.1
# HELP openrouter_model_info Author of a model.
# TYPE openrouter_model_info gauge
openrouter_model_info{model="anthropic/claude"} 1
`;

const link = '# {trace_id="0af7651916cd43dd8448eb211c80319c",span_id="b7ad6b7169203331"}';
const openMetricsPage = `\
# HELP openrouter_cost_usd Charge in \\"USD\\",\\nas \\\\sent.
# TYPE openrouter_cost_usd counter
# UNIT openrouter_cost_usd usd
openrouter_cost_usd_total{model="anthropic/claude",api_key="say \\"hi\\"\\n"} 123456789012.132081789012 ${link} 0.008625 1790700025.100
# HELP gen_ai_client_operation_duration_seconds Duration of a request.
# TYPE gen_ai_client_operation_duration_seconds histogram
# UNIT gen_ai_client_operation_duration_seconds seconds
gen_ai_client_operation_duration_seconds_bucket{model="anthropic/claude",le="0.16"} 0
gen_ai_client_operation_duration_seconds_bucket{model="anthropic/claude",le="0.32"} 1 ${link} 0.2 1790700025.100
gen_ai_client_operation_duration_seconds_bucket{model="anthropic/claude",le="1.0"} 1
gen_ai_client_operation_duration_seconds_bucket{model="anthropic/claude",le="+Inf"} 2.5
gen_ai_client_operation_duration_seconds_sum{model="anthropic/claude"} 10.7
gen_ai_client_operation_duration_seconds_count{model="anthropic/claude"} 2.5
# HELP openrouter_last_span_timestamp_seconds Newest span end.
# TYPE openrouter_last_span_timestamp_seconds gauge
# UNIT openrouter_last_span_timestamp_seconds seconds
openrouter_last_span_timestamp_seconds 1790700025.1
# HELP openrouter_model Author of a model.
# TYPE openrouter_model info
openrouter_model_info{model="anthropic/claude"} 1
# EOF
`;

describe('page', () => {
  for (const [format, expected, dialect] of [
    ['text-0.0.4', classicPage, 'text'],
    ['text-1.0.0', classicPage, 'text'],
    ['openmetrics-0.0.1', openMetricsPage, 'openmetrics'],
    ['openmetrics-1.0.0', openMetricsPage, 'openmetrics'],
  ] as const) {
    it(`in ${format} is written to the letter`, async () => {
      const page = await pageOf(expositionOf([pulled(sourceOf(everyKind()))]), { format });
      assert.equal(page, expected);
      parseStrictly(page, dialect);
    });
  }

  it('has no exemplars where the traces are not forwarded', async () => {
    const page = await pageOf(expositionOf([pulled(sourceOf(everyKind()), false)]), { format: 'openmetrics-1.0.0' });
    assert.doesNotMatch(page, /trace_id/);
  });

  it('leaves out a family without series, and is valid when it is empty', async () => {
    const empty = expositionOf([pulled(sourceOf([new ScalarTable(costDefinition, 'counter', budgetOf()).family]))]);
    assert.equal(await pageOf(empty), '');
    assert.equal(await pageOf(empty, { format: 'openmetrics-1.0.0' }), '# EOF\n');
  });

  it('is the same when it is read again, and shows what came in between', async () => {
    const table = new ScalarTable(costDefinition, 'counter', budgetOf());
    const exposition = expositionOf([pulled(sourceOf([table.family]))]);
    table.add(['a'], ONE, 0);
    const first = await pageOf(exposition);
    assert.equal(await pageOf(exposition), first);
    table.add(['a'], ONE, 0);
    assert.equal(await pageOf(exposition), first.replace(/1\n$/, '2\n'));
  });

  it('writes no unit that is not the end of the name', async () => {
    const definition = {
      name: 'gen_ai_client_token_usage',
      otlpName: 'gen_ai.client.token.usage',
      unit: '{token}',
      help: 'Tokens.',
      labels: [],
    };
    const table = new HistogramTable(definition, [16n * ONE], budgetOf());
    table.observe([], ONE, ONE, 0);
    const page = await pageOf(expositionOf([pulled(sourceOf([table.family]))]), { format: 'openmetrics-1.0.0' });
    assert.doesNotMatch(page, /UNIT/);
    assert.match(page, /_bucket\{le="16\.0"\} 1\n.*_bucket\{le="\+Inf"\} 1\n.*_sum 1\n.*_count 1\n/s);
  });

  it('is what promtool finds nothing to say about', { skip: promtool.missing }, () => {
    const lint = lintPage(classicPage);
    assert.equal(lint, '');
  });

  for (const [what, settings, line] of [
    [
      'puts the namespace before every name',
      { namespace: 'llm' },
      /^llm_openrouter_cost_usd_total\{.*^# HELP llm_openrouter_model_info /ms,
    ],
    [
      'adds constant labels behind those of the series, which wins where both have one',
      {
        constLabels: [
          ['env', 'a"b'],
          ['model', 'x'],
          ['none', ''],
        ],
      },
      /_total\{model="anthropic\/claude",api_key="say \\"hi\\"\\n",env="a\\"b"\} .*_timestamp_seconds\{env="a\\"b",model="x"\} /s,
    ],
    [
      'writes OTLP names without suffixes',
      { suffixes: false },
      /^openrouter_cost_usd\{.*^gen_ai_client_operation_duration_bucket\{.*^openrouter_model_info\{/ms,
    ],
    [
      'writes the time of the page in ms behind values',
      { timestamps: true },
      /^openrouter_model_info\{model="anthropic\/claude"\} 1 1790700000123\n/m,
    ],
  ] as const satisfies readonly (readonly [string, Partial<PageSettings>, RegExp])[]) {
    it(`${what} when it is told to`, async () => {
      const page = await pageOf(expositionOf([pulled(sourceOf(everyKind()))], settings), { nowMs: 1_790_700_000_123 });
      assert.match(page, line);
      parseStrictly(page, 'text');
    });
  }

  it('writes the time of the page in seconds in OpenMetrics, before an exemplar', async () => {
    const exposition = expositionOf([pulled(sourceOf(everyKind()))], { timestamps: true });
    const page = await pageOf(exposition, { format: 'openmetrics-1.0.0', nowMs: 1_790_700_000_123 });
    assert.match(page, /^openrouter_cost_usd_total\{.*\} \S+ 1790700000\.123 # \{/m);
    parseStrictly(page, 'openmetrics');
  });
});
