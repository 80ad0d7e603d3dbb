/** The charge is taken as sent; what cannot be read is unknown, which is not 0. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AnyValue } from '../../src/data/batch.ts';
import { decimalText } from '../../src/data/exact.ts';
import type { Cost } from '../../src/genai/cost.ts';
import { foreignCall, OPENROUTER, openRouterCall, openRouterSpan, read, type Values } from '../helpers/model-calls.ts';

const GENERATION = 'trace.metadata.openrouter_generation.';
const PARTS: Values = { 'gen_ai.usage.input_cost': 0.1, 'gen_ai.usage.output_cost': 0.2 };

function amount(value: bigint | undefined): string | undefined {
  return value === undefined ? undefined : decimalText(value);
}

function attempts(...items: readonly Readonly<Record<string, unknown>>[]): Values {
  return { 'trace.metadata.provider_responses': JSON.stringify(items) };
}

describe('the charge', () => {
  const cases: readonly [string, Values, string | undefined][] = [
    ['is the total', { 'gen_ai.usage.total_cost': 0.4, ...PARTS }, '0.4'],
    ['is the sum of both parts without a total', PARTS, '0.3'],
    ['is unknown with one part', { 'gen_ai.usage.input_cost': 0.1 }, undefined],
    ['is 0 if it says so', { 'gen_ai.usage.total_cost': 0n, ...PARTS }, '0'],
    [
      'is never made from prices',
      { 'trace.metadata.openrouter.input_unit_price': 1, 'gen_ai.usage.input_tokens': 5n },
      undefined,
    ],
    ['is never corrected by savings', { 'gen_ai.usage.total_cost': 0.4, [`${GENERATION}usage_cache`]: -0.1 }, '0.4'],
    ['is not the usage of the cost category', { 'gen_ai.usage.total_cost': 0.4, [`${GENERATION}usage`]: 0.9 }, '0.4'],
    ['is text in the oldest form', { 'gen_ai.usage.total_cost': '0.02' }, '0.02'],
  ];
  for (const [name, values, expected] of cases) {
    it(name, () => assert.equal(amount(openRouterCall(values).cost.total), expected));
  }

  const uncountable: readonly [AnyValue, string][] = [
    [{ stringValue: 'free' }, 'not_a_number'],
    [{ doubleValue: 'NaN' }, 'not_finite'],
    [{ doubleValue: -0.1 }, 'negative'],
    [{ boolValue: true }, 'not_a_number'],
    [{}, 'not_a_number'],
    [{ stringValue: '1e13' }, 'out_of_range'],
  ];
  for (const [value, reason] of uncountable) {
    it(`that is ${JSON.stringify(value)} is none, even beside its parts, and reported as ${reason}`, () => {
      const { requests, invalid } = read([openRouterSpan({ 'gen_ai.usage.total_cost': value, ...PARTS })], OPENROUTER);
      assert.deepEqual(
        requests.map(({ cost }) => [cost.total, cost.uncountable]),
        [[undefined, true]],
      );
      assert.deepEqual(invalid, [{ metric: 'openrouter_cost_usd_total', reason }]);
    });
  }

  it('in a second spelling is taken if the first cannot be read', () => {
    const { cost } = foreignCall({ 'gen_ai.usage.total_cost': 'free', 'gen_ai.usage.cost': 0.4 });
    assert.deepEqual([amount(cost.total), cost.uncountable], ['0.4', false]);
  });
});

describe('spend on an own key', () => {
  const upstream: Values = { [`${GENERATION}usage_upstream`]: 0.5 };
  const cases: readonly [string, Values, Pick<Cost, 'byok'> & { upstream: string | undefined }][] = [
    [
      'is what inference cost',
      { [`${GENERATION}is_byok`]: true, ...upstream, [`${GENERATION}byok_usage_inference`]: 0.4 },
      { byok: true, upstream: '0.4' },
    ],
    ['is the upstream usage otherwise', { [`${GENERATION}is_byok`]: 'True', ...upstream }, { byok: true, upstream: '0.5' }],
    ['is unknown while the cost category is off', { [`${GENERATION}is_byok`]: true }, { byok: true, upstream: undefined }],
    ['is none on a key of OpenRouter', upstream, { byok: false, upstream: undefined }],
    [
      'is known by the attempt that succeeded',
      { ...attempts({ status: 200, is_byok: true }), ...upstream },
      { byok: true, upstream: '0.5' },
    ],
    [
      'is known by the last attempt that succeeded',
      {
        ...attempts({ status: 429, is_byok: true }, { status: 200, is_byok: false }, { status: 500, is_byok: true }),
        ...upstream,
      },
      { byok: false, upstream: undefined },
    ],
    [
      'is as the category says, whatever the attempts',
      { ...attempts({ status: 200, is_byok: true }), [`${GENERATION}is_byok`]: false, ...upstream },
      { byok: false, upstream: undefined },
    ],
    [
      'is known by the copy in the span metadata',
      { 'span.metadata.openrouter_generation.is_byok': true, 'span.metadata.openrouter_generation.byok_usage_inference': 0.4 },
      { byok: true, upstream: '0.4' },
    ],
  ];
  for (const [name, values, expected] of cases) {
    it(name, () => {
      const { cost } = openRouterCall(values);
      assert.deepEqual({ byok: cost.byok, upstream: amount(cost.upstream) }, expected);
      assert.equal(cost.total, undefined);
    });
  }
});

describe('cache savings', () => {
  it('are the negative of the usage that is sent', () => {
    assert.equal(amount(openRouterCall({ [`${GENERATION}usage_cache`]: -0.0001 }).cost.cacheSavings), '0.0001');
    assert.equal(amount(openRouterCall({ [`${GENERATION}usage_cache`]: 0n }).cost.cacheSavings), '0');
  });

  it('below zero are no savings', () => {
    const { requests, invalid } = read([openRouterSpan({ [`${GENERATION}usage_cache`]: 0.1 })], OPENROUTER);
    assert.equal(requests[0]?.cost.cacheSavings, undefined);
    assert.deepEqual(invalid, [{ metric: 'openrouter_cache_savings_usd_total', reason: 'negative' }]);
  });
});

describe('unit prices', () => {
  for (const price of [1e-6, '0.000001', '1e-06', 0.000001]) {
    it(`are read from ${JSON.stringify(price)}`, () => {
      const { cost } = openRouterCall({ 'trace.metadata.openrouter.input_unit_price': price });
      assert.equal(amount(cost.inputUnitPrice), '0.000001');
    });
  }
});
