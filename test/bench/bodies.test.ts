/** What the bench sends is what OpenRouter and SDKs would send, and never the same twice. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BODIES, bodyOf } from '../../bench/bodies.ts';
import { freshen } from '../../bench/fresh-ids.ts';
import { spanIdsIn } from '../../bench/span-ids.ts';
import { decimalText } from '../../src/data/exact.ts';
import { spansOf } from '../../src/data/spans.ts';
import { decodeTraces } from '../../src/otlp/codec.ts';
import { GenaiMeter } from '../helpers/genai-meter.ts';

const NOW_MS = 1_790_700_100_000;
const NUMBERING = { seed: 2 ** 28 + 7, series: 1 };
const BYTES: Readonly<Record<string, number>> = { '2 KB': 2_000, '8 KB': 8_000, '56 KB': 56_000, '100 spans': 54_000 };

describe('the bodies of the bench', () => {
  for (const body of BODIES) {
    const templates = body.templates(NUMBERING.seed, NOW_MS);
    const encoding = body.mediaType === 'application/json' ? 'json' : 'protobuf';
    /** The first requests of a run, as they are sent. */
    const requests = Array.from({ length: 2 * templates.length }, (_, nth) => {
      const { body: bytes, ids } = templates[nth % templates.length]!;
      const copy = Buffer.from(bytes);
      freshen(copy, ids, NUMBERING, nth);
      return copy;
    });
    const batches = requests.map((bytes) => decodeTraces({ encoding, bytes }).batch);
    const spansOfEach = batches.map((batch) => [...spansOf(batch)].map(({ span }) => span));

    it(`are nearly as long as their name says: ${body.name}`, () => {
      for (const { length } of requests) assert.ok(Math.abs(length / BYTES[body.name]! - 1) < 0.15, `${length} bytes`);
    });

    it(`hold spans of one trace, linked where they are OpenRouter's: ${body.name}`, () => {
      for (const [root, ...others] of spansOfEach) {
        assert.equal(others.length, body.spans - 1);
        for (const { traceId, parentSpanId } of others) {
          assert.equal(traceId, root!.traceId);
          if (encoding === 'json') assert.equal(parentSpanId, root!.spanId);
        }
      }
    });

    it(`have no id in common: ${body.name}`, () => {
      const ids = spansOfEach.flatMap((spans) => spans.map(({ traceId, spanId }) => `${traceId}/${spanId}`));
      assert.equal(new Set(spansOfEach.map(([first]) => first!.traceId)).size, requests.length);
      assert.equal(new Set(ids).size, body.spans * requests.length);
    });

    it(`count as calls with the cost that is expected: ${body.name}`, () => {
      const meter = new GenaiMeter();
      meter.apply(batches.map((batch, index) => ({ seq: index + 1, timeMs: NOW_MS, batch })));
      const total = 2n * templates.reduce((sum, { cost }) => sum + cost, 0n);
      assert.deepEqual(meter.series('openrouter_requests', 'operation'), { chat: String(requests.length * body.calls) });
      assert.equal(meter.total('openrouter_cost_usd'), decimalText(total));
    });

    it(`have ids that the destination finds again: ${body.name}`, () => {
      for (const [nth, request] of requests.entries())
        assert.deepEqual(
          spanIdsIn(request, encoding === 'protobuf'),
          spansOfEach[nth]!.map(({ spanId }) => spanId),
        );
    });
  }

  it('are the same for the same seed, so that a run can be had again', () => {
    const of = (seed: number) => bodyOf('8 KB').templates(seed, NOW_MS);
    assert.deepEqual(of(5), of(5));
    assert.notDeepEqual(of(6), of(5));
  });

  it('do not repeat their text from request to request', () => {
    const templates = bodyOf('56 KB').templates(7, NOW_MS);
    const prompts = templates.map(({ body }) => body.toString().slice(20_000, 21_000));
    assert.equal(new Set(prompts).size, templates.length);
  });
});
