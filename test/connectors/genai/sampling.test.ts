/** What a sender leaves out is made up for when it is counted. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Span } from '../../../src/data/batch.ts';
import { GenaiMeter } from '../../helpers/genai-meter.ts';
import { OPENROUTER, openRouterSpan, record, span, type Values } from '../../helpers/model-calls.ts';

const USAGE: Values = { 'gen_ai.usage.total_cost': 0.00019, 'gen_ai.usage.input_tokens': 3n };

function meter(yaml: string, values: Values = {}, over: Span = {}): GenaiMeter {
  return new GenaiMeter(yaml).apply([record([openRouterSpan({ ...USAGE, ...values }, over)])]);
}

function figures(counted: GenaiMeter): readonly string[] {
  return ['openrouter_requests', 'openrouter_cost_usd', 'openrouter_tokens'].map((name) => counted.total(name));
}

describe('a constant ratio', () => {
  it('of 0.5 doubles counts, amounts, buckets and sums', () => {
    const counted = meter('sampling_ratio: 0.5');
    assert.deepEqual(figures(counted), ['2', '0.00038', '6']);
    assert.deepEqual(Object.values(counted.series('gen_ai_client_operation_duration_seconds', '')), ['2 of 20']);
    assert.deepEqual(Object.values(counted.series('openrouter_request_cost_usd', '')), ['2 of 0.00038']);
    assert.equal(counted.total('openrouter_sampling_ratio'), '0.5');
    assert.equal(counted.series('openrouter_period_cost_usd', 'period')['day'], '0.00038');
  });

  it('of a third is rounded half up, per span', () => {
    assert.deepEqual(figures(meter('sampling_ratio: 0.3')), ['3.333333333333', '0.000633333333', '10']);
  });

  it('counts attempts as well', () => {
    const attempt = span({ 'span.metadata.attempt_index': 0n, 'span.metadata.status_code': 200n });
    const counted = new GenaiMeter('sampling_ratio: 0.25').apply([record([attempt], OPENROUTER)]);
    assert.equal(counted.total('openrouter_provider_attempts'), '4');
  });

  it('leaves gauges and exemplars alone', () => {
    const counted = meter('sampling_ratio: 0.5\nunit_prices: true', { 'trace.metadata.openrouter.input_unit_price': 0.001 });
    assert.equal(counted.total('openrouter_unit_price_usd'), '0.001');
    assert.equal(counted.total('openrouter_model'), '1');
    assert.equal(counted.total('openrouter_last_span_timestamp_seconds'), '1790700010');
    const [point] = counted.points('openrouter_cost_usd');
    assert.ok(point !== undefined && 'value' in point);
    assert.equal(point.exemplar?.value, 190_000_000n);
  });

  it('that changes leaves what was counted as it was', () => {
    const before = meter('sampling_ratio: 1');
    const after = new GenaiMeter('sampling_ratio: 0.5').load(before.save()).apply([record([openRouterSpan(USAGE)])]);
    assert.equal(after.total('openrouter_requests'), '3');
    const fingerprints = ({ connector }: GenaiMeter) => connector.folds.map(({ fingerprint }) => fingerprint);
    assert.deepEqual(fingerprints(after), fingerprints(before));
  });
});

describe('the ratio of a span', () => {
  const YAML = 'sampling_ratio: 0.5\nsampling_ratio_attribute: ratio';
  const cases: readonly [string, Values, Span, string][] = [
    ['is a double', { ratio: 0.25 }, {}, '4'],
    ['is an int', { ratio: 1n }, {}, '1'],
    ['is text', { ratio: '0.2' }, {}, '5'],
    ['comes before tracestate', { ratio: 0.25 }, { traceState: 'ot=th:8' }, '4'],
    ['is in tracestate', {}, { traceState: 'ot=th:8' }, '2'],
    ['is in tracestate among others', {}, { traceState: 'rojo=1, ot=p:1;th:c;rv:0123456789abcd,congo=2' }, '4'],
    ['is 1 at a threshold of 0', {}, { traceState: 'ot=th:0' }, '1'],
    ['is the smallest at the largest threshold', {}, { traceState: 'ot=th:ffffffffffffff' }, String(2n ** 56n)],
    ['is not in the tracestate of others', {}, { traceState: 'not=th:0' }, '2'],
    ['is not a threshold of too many digits', {}, { traceState: 'ot=th:000000000000000' }, '2'],
    ['is the constant otherwise', {}, {}, '2'],
  ];
  for (const [name, values, over, expected] of cases) {
    it(name, () => assert.equal(meter(YAML, values, over).total('openrouter_requests'), expected));
  }

  for (const [ratio, reason] of [
    [0, 'out_of_range'],
    [1.5, 'out_of_range'],
    [-1, 'negative'],
    ['half', 'not_a_number'],
  ] as const) {
    it(`of ${ratio} is none, and reported`, () => {
      const counted = meter(YAML, { ratio });
      assert.equal(counted.total('openrouter_requests'), '2');
      assert.equal(counted.noticed[`spanmeter_invalid_values_total{metric="openrouter_sampling_ratio",reason="${reason}"}`], 1);
    });
  }
});
