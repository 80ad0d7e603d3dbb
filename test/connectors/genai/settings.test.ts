/** What the settings of the connector change, and what they leave as it was. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { genaiConnector } from '../../../src/connectors/genai/index.ts';
import { decimalText } from '../../../src/data/exact.ts';
import { configOf, faultsOf } from '../../helpers/component.ts';
import { GenaiMeter } from '../../helpers/genai-meter.ts';
import { openRouterSpan, record } from '../../helpers/model-calls.ts';

function names(yaml: string): readonly string[] {
  return new GenaiMeter(yaml).connector.families.map(({ name }) => name);
}

function boundsOf(yaml: string, name: string): readonly string[] {
  const family = new GenaiMeter(yaml).family(name);
  return family.kind === 'histogram' ? family.bounds.map(decimalText) : [];
}

const DURATION = 'gen_ai_client_operation_duration_seconds';
const TTFT = 'gen_ai_client_operation_time_to_first_chunk_seconds';
const PROVIDER_TTFT = 'gen_ai_server_time_to_first_token_seconds';

describe('without settings', () => {
  it('the connector starts', () => assert.deepEqual(faultsOf(genaiConnector.config, '{}'), []));

  it('a new series shows 0 for 75 s, to scrapers that say who they are', () => {
    const { connector } = new GenaiMeter();
    assert.deepEqual([connector.initialMs, connector.initialForAll, connector.newestMs], [75_000, false, 0]);
  });

  it('it may show it to all, for as long as is asked', () => {
    const { connector } = new GenaiMeter('series: { initial: 3s, initial_for: all }');
    assert.deepEqual([connector.initialMs, connector.initialForAll], [3000, true]);
  });
});

describe('the metrics', () => {
  it('have opt-ins that are off', () => {
    const optIns = ['openrouter_cost_detail_usd', 'openrouter_unit_price_usd', 'openrouter_output_tokens_per_second'];
    const on = names('{ cost_detail: true, unit_prices: true, output_tokens_per_second: true }');
    assert.deepEqual(on.filter((name) => !names('{}').includes(name)).sort(), [...optIns].sort());
  });

  it('of the semantic conventions can be left out', () => {
    assert.ok(names('{}').some((name) => name.startsWith('gen_ai_')));
    assert.ok(!names('semconv: false').some((name) => name.startsWith('gen_ai_')));
  });

  it('take another prefix, on the page and in a push, and keep their totals', () => {
    const before = new GenaiMeter().apply([record([openRouterSpan({ 'gen_ai.usage.total_cost': 1 })])]);
    const renamed = new GenaiMeter('prefix: llm').load(before.save());
    assert.equal(renamed.total('llm_cost_usd'), '1');
    assert.equal(renamed.family('llm_cost_usd').otlpName, 'llm.cost.usd');
    assert.match(renamed.family('llm_token_details').help, /llm_tokens_total/);
    assert.ok(names('prefix: llm').includes(DURATION));
  });

  it('name the author or the serving provider', () => {
    const one = record([
      openRouterSpan({ 'gen_ai.provider.name': 'anthropic', 'trace.metadata.openrouter.provider_name': 'Amazon Bedrock' }),
    ]);
    const provider = (yaml: string) => Object.keys(new GenaiMeter(yaml).apply([one]).series(DURATION, 'gen_ai_provider_name'));
    assert.deepEqual(provider('{}'), ['anthropic']);
    assert.deepEqual(provider('provider_label: serving'), ['Amazon Bedrock']);
  });
});

describe('bucket bounds', () => {
  it('are made for language models', () => {
    assert.deepEqual(boundsOf('{}', 'openrouter_request_cost_usd'), [
      '0.00001',
      '0.0001',
      '0.0005',
      '0.001',
      '0.0025',
      '0.005',
      '0.01',
      '0.025',
      '0.05',
      '0.1',
      '0.25',
      '0.5',
      '1',
      '5',
      '10',
    ]);
    assert.equal(boundsOf('{}', DURATION).at(-1), '655.36');
    assert.deepEqual(boundsOf('{}', TTFT), boundsOf('{}', PROVIDER_TTFT));
  });

  it('may be those of the semantic conventions', () => {
    assert.equal(boundsOf('buckets: semconv', DURATION).at(-1), '81.92');
    assert.equal(boundsOf('buckets: semconv', TTFT)[0], '0.01');
    assert.equal(boundsOf('buckets: semconv', PROVIDER_TTFT)[0], '0.001');
    assert.equal(boundsOf('buckets: semconv', 'gen_ai_client_token_usage').at(-1), '67108864');
    assert.deepEqual(boundsOf('buckets: semconv', 'openrouter_request_cost_usd'), boundsOf('{}', 'openrouter_request_cost_usd'));
  });

  it('may be own ones, kind by kind', () => {
    const own = 'buckets: { ttft: [0.5, 1] }';
    assert.deepEqual(boundsOf(own, TTFT), ['0.5', '1']);
    assert.deepEqual(boundsOf(own, PROVIDER_TTFT), ['0.5', '1']);
    assert.deepEqual(boundsOf(own, DURATION), boundsOf('{}', DURATION));
  });

  it('take a value that is one of them', () => {
    const meter = new GenaiMeter('buckets: { cost: [0.1, 0.3] }').apply([
      record([openRouterSpan({ 'gen_ai.usage.total_cost': 0.1 + 0.2 })]),
    ]);
    const [point] = meter.points('openrouter_request_cost_usd');
    assert.ok(point !== undefined && 'counts' in point);
    assert.deepEqual(point.counts.map(decimalText), ['0', '1', '0']);
  });

  for (const bounds of ['[1, 1]', '[2, 1]', '[0, 1]', '[]', '[-1]']) {
    it(`must be positive and rise: ${bounds}`, () => {
      assert.notDeepEqual(faultsOf(genaiConnector.config, `buckets: { ttft: ${bounds} }`), []);
    });
  }
});

describe('settings that are refused', () => {
  for (const yaml of [
    'sampling_ratio: 0',
    'sampling_ratio: 1.1',
    'prefix: "1x"',
    'series: { max: 0 }',
    'dimensions: [{ name: "" }]',
    'buckets: fine',
  ]) {
    it(yaml, () => assert.notDeepEqual(faultsOf(genaiConnector.config, yaml), []));
  }
});

describe('a metric counts from its start again', () => {
  const changes: readonly [string, string, readonly string[]][] = [
    ['if its dimensions change', 'dimensions: [team]', ['openrouter_cost_usd_total']],
    ['if the source of a dimension changes', 'dimensions: [{ name: span.team, label: team }]', ['openrouter_cost_usd_total']],
    ['if a dimension is hashed', 'dimensions: [{ name: team, hash: true }]', ['openrouter_cost_usd_total']],
    ['if the default of a dimension changes', 'dimensions: [{ name: team, default: none }]', ['openrouter_cost_usd_total']],
    ['if its buckets change', 'buckets: { duration: [1] }', [DURATION, 'openrouter_provider_attempt_duration_seconds']],
    ['if the histogram dimensions change', 'histogram_dimensions: [model]', [DURATION]],
    ['if the provider that it names changes', 'provider_label: serving', [DURATION]],
  ];
  function fingerprints(yaml: string): ReadonlyMap<string, string> {
    return new Map(new GenaiMeter(yaml).connector.folds.map(({ id, fingerprint }) => [id, fingerprint]));
  }
  const all = changes.map(([, yaml]) => yaml);
  for (const [name, yaml, affected] of changes) {
    it(name, () => {
      const changed = fingerprints(yaml);
      for (const other of ['{}', ...all.filter((one) => one !== yaml)]) {
        for (const id of affected) {
          if (touches(other, id) || other === '{}')
            assert.notEqual(changed.get(id), fingerprints(other).get(id), `${id} under ${other}`);
        }
      }
    });
  }
  function touches(yaml: string, id: string): boolean {
    return changes.some(([, other, affected]) => other === yaml && affected.includes(id));
  }

  it('and no other does', () => {
    const [before, after] = [fingerprints('{}'), fingerprints('dimensions: [team]')];
    for (const id of [
      'labels',
      DURATION,
      'openrouter_provider_attempts_total',
      'openrouter_request_cost_usd',
      'openrouter_period_cost_usd',
    ]) {
      assert.equal(before.get(id), after.get(id), id);
    }
    assert.deepEqual(fingerprints('cost_detail: true').get('openrouter_cost_usd_total'), before.get('openrouter_cost_usd_total'));
  });
});

it('a request that states no cost is reported by its end', () => {
  const failed = { status: { code: 2 } };
  const meter = new GenaiMeter().apply([
    record([openRouterSpan()]),
    record([openRouterSpan({}, failed)]),
    record([openRouterSpan({ 'gen_ai.usage.total_cost': 'free' }, failed)]),
  ]);
  assert.deepEqual(meter.series('openrouter_requests_without_cost', 'reason'), { missing: '2', error: '1' });
  assert.equal(meter.noticed['spanmeter_invalid_values_total{metric="openrouter_cost_usd_total",reason="not_a_number"}'], 1);
});

it('a request on an own key whose spend did not arrive is counted, not taken for free', () => {
  const byok = { 'trace.metadata.openrouter_generation.is_byok': true, 'gen_ai.usage.total_cost': 0n };
  const meter = new GenaiMeter().apply([record([openRouterSpan(byok)])]);
  assert.equal(meter.total('openrouter_byok_requests_without_cost'), '1');
  assert.equal(meter.points('openrouter_byok_cost_usd').length, 0);
});

it('values of metrics that are off are not reported', () => {
  const bad = { 'trace.metadata.openrouter.input_unit_price': 'cheap' };
  assert.ok(
    !Object.keys(new GenaiMeter().apply([record([openRouterSpan(bad)])]).noticed).some((name) => name.includes('invalid')),
  );
  const on = new GenaiMeter('{ unit_prices: true, prefix: llm }').apply([record([openRouterSpan(bad)])]);
  assert.equal(on.noticed['spanmeter_invalid_values_total{metric="llm_unit_price_usd",reason="not_a_number"}'], 1);
});

it('the delay of the telemetry is never below 0', () => {
  const [early, late] = [
    record([openRouterSpan()], undefined, 1_790_700_000_000),
    record([openRouterSpan()], undefined, 1_790_700_070_000),
  ];
  assert.deepEqual(new GenaiMeter().apply([early, late]).series('openrouter_ingest_delay_seconds'), { '': '2 of 60' });
});

it('the config says every default', () => {
  const config = configOf(genaiConnector.config, '{}');
  assert.deepEqual(config.histogram_dimensions, ['provider']);
  assert.deepEqual(config.series, { max_per_metric: 10_000, max: 50_000, initial: 75_000, initial_for: 'prometheus' });
});
