/** Made-up traffic: always the same, shaped like OpenRouter's, and exact about what it adds up to. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import type { AnyValue, Span } from '../../src/data/batch.ts';
import { decimalText } from '../../src/data/exact.ts';
import { spansOf } from '../../src/data/spans.ts';
import { sumOf } from '../../src/demo/tally.ts';
import { createTraffic, type Delivery, type Traffic } from '../../src/demo/traffic.ts';
import { decodeTracesJson } from '../../src/otlp/json.ts';
import { GenaiMeter } from '../helpers/genai-meter.ts';
import { sample } from '../helpers/samples.ts';

const NOW_MS = 1_790_700_000_000;
const ROUND = 40;

function deliveries(traffic: Traffic, count: number): readonly Delivery[] {
  return Array.from({ length: count }, (_, index) => traffic.next(NOW_MS + index * 200));
}

function spansIn(body: Uint8Array): readonly Span[] {
  return [...spansOf(decodeTracesJson(body).batch)].map(({ span }) => span);
}

function firstOf(kind: Delivery['kind'], seed = 1): readonly Span[] {
  const found = deliveries(createTraffic(seed), ROUND).find((delivery) => delivery.kind === kind);
  assert.ok(found, kind);
  return spansIn(found.body);
}

describe('made-up traffic', () => {
  it('is the same for the same seed and clock, and other traffic for another seed', () => {
    const bodies = (seed: number) => deliveries(createTraffic(seed), 100).map(({ body }) => Buffer.from(body).toString());
    assert.deepEqual(bodies(1), bodies(1));
    assert.notDeepEqual(bodies(1), bodies(2));
  });

  it('has everything in a round that makes real traffic difficult', () => {
    const kinds = new Set(deliveries(createTraffic(3), ROUND).map(({ kind }) => kind));
    const expected = ['cached', 'connection_test', 'costless', 'disconnected', 'failed', 'fallback', 'free', 'repeated'];
    assert.deepEqual([...kinds].sort(), [...expected, 'streamed', 'tools', 'whole']);
  });

  it('is about 8 models, 6 providers and 3 keys', () => {
    const meter = new GenaiMeter();
    fold(createTraffic(1), 10 * ROUND, meter);
    const distinct = (label: string) => Object.keys(meter.series('openrouter_requests', label)).length;
    assert.deepEqual([distinct('model'), distinct('provider'), distinct('api_key')], [8, 6, 3]);
  });

  it('holds about as much content as it is told to', () => {
    for (const contentBytes of [2_000, 56_000]) {
      const [delivery] = deliveries(createTraffic(1, { contentBytes }), 1);
      assert.ok(delivery!.body.length > contentBytes && delivery!.body.length < contentBytes + 20_000);
    }
  });

  it('repeats a delivery byte for byte, and brings no span with it that was not there', () => {
    const traffic = createTraffic(1);
    const all = deliveries(traffic, 5 * ROUND);
    const repeated = all.filter(({ kind }) => kind === 'repeated');
    assert.equal(repeated.length, 5);
    for (const { body, spans } of repeated) {
      assert.equal(spans, 0);
      assert.equal(all.filter((other) => Buffer.compare(body, other.body) === 0).length, 2);
    }
    const keys = all.flatMap(({ body }) => spansIn(body).map(({ traceId, spanId }) => `${traceId} ${spanId}`));
    const tests = all.filter(({ kind }) => kind === 'connection_test').length;
    assert.equal(traffic.spans, new Set(keys).size + tests - 1, 'connection tests share their ids and are new each time');
  });
});

describe('the totals of made-up traffic', () => {
  for (const seed of [1, 2, 77]) {
    it(`are what the connector makes of it, with seed ${seed}`, () => {
      const traffic = createTraffic(seed);
      const meter = new GenaiMeter();
      fold(traffic, 5 * ROUND, meter);
      const all = sumOf(traffic.byModel);
      assert.equal(meter.total('openrouter_cost_usd'), decimalText(all.cost));
      assert.equal(meter.total('openrouter_requests'), String(all.requests));
      assert.deepEqual(meter.series('openrouter_tokens', 'type'), {
        input: String(all.inputTokens),
        output: String(all.outputTokens),
      });
      assert.equal(meter.series('openrouter_requests_without_cost', 'reason')['missing'], String(all.costUnknown));
      assert.equal(meter.series('openrouter_requests', 'outcome')['error'], String(all.errors));
      for (const [model, { cost }] of traffic.byModel) {
        assert.equal(meter.series('openrouter_cost_usd', 'model')[model], decimalText(cost), model);
      }
    });
  }

  it('has nothing in it that the connector cannot use', () => {
    const meter = new GenaiMeter();
    fold(createTraffic(1), 5 * ROUND, meter);
    const complaints = Object.keys(meter.noticed).filter((name) => !name.startsWith('spanmeter_genai_spans_total'));
    assert.deepEqual(complaints, []);
  });
});

/** Counts every delivery once, as the journal lets through. */
function fold(traffic: Traffic, count: number, meter: GenaiMeter): void {
  for (const [seq, { kind, body }] of deliveries(traffic, count).entries()) {
    const { batch, faults } = decodeTracesJson(body);
    assert.equal(faults.size, 0);
    if (kind !== 'repeated') meter.apply([{ seq, timeMs: NOW_MS + seq * 200, batch }]);
  }
}

describe('the shape of a delivery', () => {
  const cases = [
    ['whole', 'S01'],
    ['tools', 'S02'],
    ['cached', 'S03'],
    ['fallback', 'S04'],
    ['failed', 'S05'],
    ['disconnected', 'S06'],
    ['connection_test', 'S10a'],
  ] as const;
  for (const [kind, name] of cases) {
    it(`of ${kind} is that of ${name}: attributes in its order and of its types`, () => {
      const [ours, theirs] = [firstOf(kind)[0]!, spansIn(sample(name))[0]!];
      assert.deepEqual(commonTo(ours, theirs), commonTo(theirs, ours));
      const missing = typesOf(theirs).filter(([key]) => !typesOf(ours).some(([own]) => own === key));
      assert.deepEqual(
        missing.map(([key]) => key).filter((key) => !ABSENT_HERE.test(key)),
        [],
      );
      assert.deepEqual([ours.name, ours.kind, ours.status?.code], [theirs.name, theirs.kind, theirs.status?.code]);
    });
  }

  it('has ids that are made from the id of the generation, the children below the root', () => {
    const [root, attempt, generation] = firstOf('streamed');
    const id = root!.attributes!.find(({ key }) => key === 'gen_ai.response.id')?.value?.stringValue ?? '';
    assert.match(id, /^gen-\d{10}-[A-Za-z0-9]{20}$/);
    assert.deepEqual([root!.traceId, root!.spanId], [sha256(id).slice(0, 32), sha256(id).slice(0, 16)]);
    assert.deepEqual([attempt!.spanId, attempt!.parentSpanId], [sha256(`${id}:attempt-0`).slice(0, 16), root!.spanId]);
    assert.deepEqual([generation!.spanId, generation!.parentSpanId], [sha256(`${id}:generation`).slice(0, 16), root!.spanId]);
  });

  it('has a child for each attempt, and a generation that ends after the root where it was streamed', () => {
    const children = (kind: Delivery['kind']) =>
      firstOf(kind)
        .slice(1)
        .map(({ name = '' }) => name.replace(/ \d: .*/, ''));
    assert.deepEqual(children('whole'), ['provider attempt']);
    assert.deepEqual(children('fallback'), ['provider attempt', 'provider attempt', 'generation']);
    assert.deepEqual(children('disconnected'), []);
    const [root, , generation] = firstOf('streamed');
    assert.ok(BigInt(generation!.endTimeUnixNano!) > BigInt(root!.endTimeUnixNano!));
  });
});

/** The sample's Anthropic model tells of cache writes, and one caller named itself. */
const ABSENT_HERE = /^user\.id$|cache_write/;

function typesOf({ attributes = [] }: Span): readonly (readonly [string, string])[] {
  return attributes.map(({ key, value }) => [key, typeOf(value!)]);
}

function commonTo(span: Span, other: Span): readonly (readonly [string, string])[] {
  const keys = new Set(typesOf(other).map(([key]) => key));
  return typesOf(span).filter(([key]) => keys.has(key));
}

function typeOf(value: AnyValue): string {
  return Object.keys(value).join();
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
