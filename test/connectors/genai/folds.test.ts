/** The laws of folds: the same from the same records, from any cut, in any order, and never less than before. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { FoldRecord } from '../../../src/component/contract.ts';
import type { AnyValue } from '../../../src/data/batch.ts';
import { decodeTracesJson } from '../../../src/otlp/json.ts';
import { deepFreeze } from '../../helpers/deep-freeze.ts';
import { GenaiMeter } from '../../helpers/genai-meter.ts';
import { openRouterSpan, record, START_MS } from '../../helpers/model-calls.ts';
import { SAMPLES } from '../../helpers/samples.ts';

const ALL = 'dimensions: [trace.metadata.environment]\ncost_detail: true\nunit_prices: true\noutput_tokens_per_second: true';
const LOG: readonly FoldRecord<'traces'>[] = SAMPLES.map(({ body }, seq) => {
  // Typed arrays cannot be frozen, and folds do not look at bytes.
  const { resources, signal } = decodeTracesJson(body).batch;
  return deepFreeze({ seq, timeMs: START_MS + seq * 1000, batch: { signal, resources } });
});

function hex(saved: ReadonlyMap<string, Uint8Array>): Readonly<Record<string, string>> {
  return Object.fromEntries(Array.from(saved, ([id, bytes]) => [id, Buffer.from(bytes).toString()]));
}

describe('folds', () => {
  const whole = new GenaiMeter(ALL).apply(LOG);

  it('give equal bytes for equal records', () => {
    assert.deepEqual(hex(new GenaiMeter(ALL).apply(LOG).save()), hex(whole.save()));
  });

  it('give the whole for every cut', () => {
    for (let cut = 0; cut <= LOG.length; cut++) {
      const head = new GenaiMeter(ALL).apply(LOG.slice(0, cut));
      const resumed = new GenaiMeter(ALL).load(head.save()).apply(LOG.slice(cut));
      assert.deepEqual(hex(resumed.save()), hex(whole.save()), `cut at ${cut}`);
      assert.equal(resumed.connector.newestMs, whole.connector.newestMs);
    }
  });

  it('change nothing when they are saved or read', () => {
    const before = hex(whole.save());
    for (const family of whole.connector.families) for (const _ of family.points()) assert.ok(family.name);
    assert.deepEqual(hex(whole.save()), before);
  });

  it('make the same money of records in any order', () => {
    const money = [
      'openrouter_cost_usd',
      'openrouter_byok_cost_usd',
      'openrouter_cache_savings_usd',
      'openrouter_cost_detail_usd',
      'openrouter_requests',
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray([...LOG], { minLength: LOG.length }), (shuffled) => {
        const meter = new GenaiMeter(ALL).apply(shuffled);
        for (const name of money) {
          const sorted = (one: GenaiMeter) => Object.entries(one.series(name)).sort();
          assert.deepEqual(sorted(meter), sorted(whole), name);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('count alike whether each sees a record alone or after the others', () => {
    const alone = new GenaiMeter(ALL);
    for (const fold of alone.connector.folds) for (const one of LOG) fold.apply({ ...one });
    for (const { name } of whole.connector.families) assert.equal(alone.total(name), whole.total(name), name);
  });

  it('begin with the one that admits label values', () => assert.equal(whole.connector.folds[0]?.id, 'labels'));

  it('have one id each', () => {
    const ids = whole.connector.folds.map(({ id }) => id);
    assert.deepEqual(ids, [...new Set(ids)]);
  });
});

const KEYS = [
  'gen_ai.usage.total_cost',
  'gen_ai.usage.input_cost',
  'gen_ai.usage.input_tokens',
  'gen_ai.usage.output_tokens',
  'gen_ai.usage.input_tokens.cached',
  'trace.metadata.openrouter.first_token_ms',
  'trace.metadata.openrouter.inter_token_latency_ms',
  'trace.metadata.openrouter.router_latency_ms',
  'trace.metadata.openrouter_generation.usage_cache',
  'trace.metadata.openrouter_generation.is_byok',
  'trace.metadata.openrouter_generation.usage_upstream',
  'trace.metadata.provider_responses',
  'gen_ai.response.finish_reasons',
  'sampling.ratio',
  'error.type',
];

const anyValue: fc.Arbitrary<AnyValue> = fc.oneof(
  fc.record({ doubleValue: fc.oneof(fc.double(), fc.constantFrom(-0, 1e308, -1e-308)) }),
  fc.record({ intValue: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map(String) }),
  fc.record({ stringValue: fc.oneof(fc.string(), fc.constantFrom('1e400', '-1', '0.5', '[]', '{"a":1}', '[{"status":200}]')) }),
  fc.record({ boolValue: fc.boolean() }),
  fc.constant({}),
);

const anySpan = fc
  .record({
    values: fc.dictionary(fc.constantFrom(...KEYS), anyValue),
    code: fc.constantFrom(0, 1, 2, '2', 'STATUS_CODE_ERROR', 'x'),
    end: fc.bigInt(0n, 2n ** 64n).map(String),
  })
  .map(({ values, code, end }) => openRouterSpan(values, { status: { code }, endTimeUnixNano: end }));

describe('whatever the values', () => {
  it('no counter falls, no fold fails, and every request counts', () => {
    fc.assert(
      fc.property(fc.array(anySpan, { minLength: 1, maxLength: 6 }), (spans) => {
        const meter = new GenaiMeter(`${ALL}\nsampling_ratio_attribute: sampling.ratio`);
        let before: ReadonlyMap<string, readonly bigint[]> = new Map();
        for (const one of spans) {
          meter.apply([record([one])]);
          const after = rising(meter);
          for (const [key, figures] of before) {
            const now = after.get(key);
            assert.ok(
              figures.every((figure, index) => figure <= (now?.[index] ?? -1n)),
              key,
            );
          }
          before = after;
        }
        assert.ok(Number(meter.total('openrouter_requests')) >= spans.length);
      }),
      { numRuns: 60 },
    );
  });
});

/** Every line of the page that must not fall, by series. */
function rising({ connector }: GenaiMeter): ReadonlyMap<string, readonly bigint[]> {
  const lines = new Map<string, readonly bigint[]>();
  for (const family of connector.families) {
    if (family.kind === 'histogram') {
      for (const { labels, counts, sum } of family.points()) lines.set(JSON.stringify([family.name, labels]), [...counts, sum]);
    } else if (family.kind === 'counter' || family.name === 'openrouter_last_span_timestamp_seconds') {
      for (const { labels, value } of family.points()) lines.set(JSON.stringify([family.name, labels]), [value]);
    }
  }
  return lines;
}
