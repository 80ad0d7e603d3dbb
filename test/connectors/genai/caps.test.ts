/** Labels and metrics have an end; totals do not suffer from it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GenaiMeter } from '../../helpers/genai-meter.ts';
import { openRouterSpan, record, type Values } from '../../helpers/model-calls.ts';

function spent(yaml: string, calls: readonly Values[]): GenaiMeter {
  return new GenaiMeter(yaml).apply(calls.map((values) => record([openRouterSpan({ 'gen_ai.usage.total_cost': 1, ...values })])));
}

const teams = (...names: readonly string[]) => names.map((team) => ({ team }));

describe('a label with too many values', () => {
  const meter = spent('dimensions: [{ name: team, max_values: 2 }]', teams('a', 'b', 'c', 'a', 'd'));

  it('overflows alone: the others keep theirs, and nothing is lost', () => {
    assert.deepEqual(meter.series('openrouter_cost_usd', 'model', 'team'), {
      'model="openai/gpt-5.1",team="a"': '2',
      'model="openai/gpt-5.1",team="b"': '1',
      'model="openai/gpt-5.1",team="__overflow__"': '2',
    });
  });

  it('says how many observations went there, metric by metric', () => {
    const overflow = (metric: string) =>
      meter.noticed[`spanmeter_series_overflow_total{connector="genai",metric="${metric}",label="team"}`];
    assert.equal(overflow('openrouter_cost_usd_total'), 2);
    assert.equal(overflow('openrouter_requests_total'), 2);
    assert.equal(overflow('gen_ai_client_operation_duration_seconds'), undefined);
  });

  it('keeps those it has admitted over a restart', () => {
    const resumed = new GenaiMeter('dimensions: [{ name: team, max_values: 2 }]').load(meter.save());
    resumed.apply(teams('d', 'b').map((values) => record([openRouterSpan({ 'gen_ai.usage.total_cost': 1, ...values })])));
    assert.deepEqual(resumed.series('openrouter_cost_usd', 'team'), { a: '2', b: '2', __overflow__: '3' });
  });

  it('gives later spans their own series once the cap is raised', () => {
    const raised = new GenaiMeter('dimensions: [{ name: team, max_values: 3 }]');
    const fingerprints = (one: GenaiMeter) => one.connector.folds.map(({ fingerprint }) => fingerprint);
    assert.deepEqual(fingerprints(raised), fingerprints(meter));
    raised.load(meter.save()).apply([record([openRouterSpan({ 'gen_ai.usage.total_cost': 1, team: 'd' })])]);
    assert.deepEqual(raised.series('openrouter_cost_usd', 'team'), { a: '2', b: '1', __overflow__: '2', d: '1' });
  });

  it('of the catalogue ends, too', () => {
    const errors = Array.from({ length: 60 }, (_, index) => ({
      'error.type': `E${index}`,
      'gen_ai.response.finish_reason': 'error',
    }));
    const series = spent('{}', errors).series('openrouter_errors', 'error_type');
    assert.equal(Object.keys(series).length, 51);
    assert.equal(series['__overflow__'], '10');
  });
});

describe('a label with a list of values', () => {
  it('calls every other one other', () => {
    const meter = spent('dimensions: [{ name: team, values: [search, ads] }]', teams('search', 'x', 'ads', 'y'));
    assert.deepEqual(meter.series('openrouter_cost_usd', 'team'), { search: '1', other: '2', ads: '1' });
  });

  it('shows its default beside them', () => {
    const meter = spent('dimensions: [{ name: team, values: [search], default: none }]', [{}, { team: 'x' }]);
    assert.deepEqual(meter.series('openrouter_cost_usd', 'team'), { none: '1', other: '1' });
  });
});

describe('a hashed label', () => {
  it('shows the same 12 digits for the same value', () => {
    const meter = spent('dimensions: [{ name: team, hash: true }]', teams('search', 'ads', 'search'));
    assert.deepEqual(meter.series('openrouter_cost_usd', 'team'), { '241932906782': '2', '788eb2efc526': '1' });
  });

  it('keeps to its list all the same', () => {
    const meter = spent('dimensions: [{ name: team, hash: true, values: [search] }]', teams('search', 'ads'));
    assert.deepEqual(meter.series('openrouter_cost_usd', 'team'), { '241932906782': '1', other: '1' });
  });
});

describe('a metric with too many label sets', () => {
  const meter = spent('dimensions: [team]\nseries: { max_per_metric: 2 }', [
    { team: 'a', 'gen_ai.usage.input_tokens': 1n },
    { team: 'b', 'gen_ai.usage.output_tokens': 2n },
    { team: 'c', 'gen_ai.usage.input_tokens': 4n, 'gen_ai.usage.output_tokens': 8n },
  ]);

  it('keeps its closed labels', () => {
    assert.deepEqual(meter.series('openrouter_tokens', 'type'), { input: '5', output: '10' });
    assert.deepEqual(meter.series('openrouter_tokens', 'team', 'type'), {
      'team="a",type="input"': '1',
      'team="b",type="output"': '2',
      'team="__overflow__",type="input"': '4',
      'team="__overflow__",type="output"': '8',
    });
  });

  it('loses nothing', () => assert.equal(meter.total('openrouter_cost_usd'), '3'));

  it('says so under its name on the page', () => {
    assert.equal(
      meter.noticed['spanmeter_series_overflow_total{connector="genai",metric="openrouter_tokens_total",label="*"}'],
      2,
    );
  });
});

it('all metrics together have an end', () => {
  const many = Array.from({ length: 50 }, (_, index) => ({ team: `t${index}` }));
  const meter = spent('dimensions: [team]\nseries: { max: 100 }', many);
  assert.equal(meter.total('openrouter_cost_usd'), '50');
  assert.equal(meter.total('openrouter_requests'), '50');
  assert.ok(Object.keys(meter.series('openrouter_requests')).length < 50);
});
