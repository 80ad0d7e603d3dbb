/** What the bench sends is what OpenRouter would send, and never the same twice. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SIZES, templatesOf, VARIANTS } from '../../bench/bodies.ts';
import { freshen } from '../../bench/fresh-ids.ts';
import { decimalText } from '../../src/data/exact.ts';
import { spansOf } from '../../src/data/spans.ts';
import { decodeTracesJson } from '../../src/otlp/json.ts';
import { GenaiMeter } from '../helpers/genai-meter.ts';

const NOW_MS = 1_790_700_100_000;
const SEED = 7;

describe('the bodies of the bench', () => {
  for (const size of SIZES) {
    const templates = templatesOf(size, SEED, NOW_MS);
    /** The first requests of a run, as they are sent. */
    const requests = Array.from({ length: 2 * VARIANTS }, (_, nth) => {
      const { body, ids } = templates[nth % VARIANTS]!;
      const copy = Buffer.from(body);
      freshen(copy, 0, ids, SEED, nth);
      return copy;
    });
    const batches = requests.map((body) => decodeTracesJson(body).batch);

    it(`are ${size.name} long, nearly`, () => {
      for (const body of requests) assert.ok(Math.abs(body.length / size.bytes - 1) < 0.15, `${body.length} bytes`);
    });

    it(`hold ${size.spans} spans of one trace, linked, in ${size.name}`, () => {
      for (const batch of batches) {
        const spans = [...spansOf(batch)].map(({ span }) => span);
        assert.equal(spans.length, size.spans);
        const [root, ...children] = spans;
        for (const { traceId, parentSpanId } of children)
          assert.deepEqual({ traceId, parentSpanId }, { traceId: root!.traceId, parentSpanId: root!.spanId });
      }
    });

    it(`have no id in common in ${size.name}`, () => {
      const spans = batches.flatMap((batch) => [...spansOf(batch)].map(({ span }) => span));
      assert.equal(new Set(spans.map(({ traceId }) => traceId)).size, requests.length);
      assert.equal(new Set(spans.map(({ traceId, spanId }) => `${traceId}/${spanId}`)).size, size.spans * requests.length);
    });

    it(`count as one request each with the cost that is expected in ${size.name}`, () => {
      const meter = new GenaiMeter();
      meter.apply(batches.map((batch, index) => ({ seq: index + 1, timeMs: NOW_MS, batch })));
      const total = 2n * templates.reduce((sum, { cost }) => sum + cost, 0n);
      assert.deepEqual(meter.series('openrouter_requests', 'operation'), { chat: String(requests.length) });
      assert.deepEqual(meter.series('openrouter_cost_usd', 'api_key'), { 'prod-web': decimalText(total) });
    });
  }

  it('are the same for the same seed, so that a run can be had again', () => {
    const [once, again] = [templatesOf(SIZES[1]!, 5, NOW_MS), templatesOf(SIZES[1]!, 5, NOW_MS)];
    assert.deepEqual(once, again);
    assert.notDeepEqual(templatesOf(SIZES[1]!, 6, NOW_MS), once);
  });

  it('do not repeat their text from request to request', () => {
    const prompts = templatesOf(SIZES[2]!, SEED, NOW_MS).map(({ body }) => body.toString().slice(20_000, 21_000));
    assert.equal(new Set(prompts).size, VARIANTS);
  });
});
