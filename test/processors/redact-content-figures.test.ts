/** Every figure and every label is the same with and without content. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Processor } from '../../src/component/contract.ts';
import { genaiConnector } from '../../src/connectors/genai/index.ts';
import type { AnyValue, Attributes, Batch } from '../../src/data/batch.ts';
import { FACT_KEYS } from '../../src/genai/aliases.ts';
import { decodeTraces, encodeTraces } from '../../src/otlp/codec.ts';
import { redactContentProcessor } from '../../src/processors/redact-content.ts';
import { configOf } from '../helpers/component.ts';
import { CONTENT_KEYS, canarySpan, canaryValues, MESSAGE_EVENTS } from '../helpers/content.ts';
import { expositionOf, pageOf, pulled } from '../helpers/metric-pages.ts';
import { attributesOf, batchWith, processorFrom } from '../helpers/processing.ts';
import { SAMPLES } from '../helpers/samples.ts';

const SETTINGS = `
dimensions: [trace.metadata.team, resource.service.name, parent.trace.metadata.team, user]
cost_detail: true
unit_prices: true
output_tokens_per_second: true
`;

const REDACTIONS: readonly Processor[] = [
  processorFrom(redactContentProcessor, ''),
  processorFrom(redactContentProcessor, 'action: truncate\nmax_bytes: 1'),
  processorFrom(redactContentProcessor, 'action: truncate\nmax_bytes: 27'),
  processorFrom(redactContentProcessor, 'action: truncate\nmax_bytes: 60'),
];

/** The whole page, exemplars and all, and what was counted beside it. */
async function figuresOf(batches: readonly Batch[]): Promise<readonly string[]> {
  const counted: string[] = [];
  const diagnostics = {
    count: (name: string, labels: object, amount = 1) => void counted.push(`${name} ${JSON.stringify(labels)} ${amount}`),
    record() {},
  };
  const connector = genaiConnector.create(configOf(genaiConnector.config, SETTINGS), diagnostics);
  for (const [seq, batch] of batches.entries()) {
    assert.ok(batch.signal === 'traces');
    const record = { seq, timeMs: 1_760_000_000_000 + seq, batch };
    for (const fold of connector.folds) fold.apply(record);
  }
  return [await pageOf(expositionOf([pulled(connector)]), { format: 'openmetrics-1.0.0' }), ...counted.sort()];
}

async function assertSameFigures(batches: readonly Batch[]): Promise<void> {
  const expected = await figuresOf(batches);
  for (const redact of REDACTIONS) {
    assert.deepEqual(await figuresOf(batches.flatMap((batch) => redact(batch) ?? [])), expected);
  }
}

describe('figures', () => {
  it('of every sample are the same, in every family', async () => {
    const batches = SAMPLES.map(({ body }) => decodeTraces({ encoding: 'json', bytes: body }).batch);
    assert.ok(
      batches.some((batch) => REDACTIONS[0]?.(batch) !== batch),
      'there is content in the samples',
    );
    await assertSameFigures(batches);
    await assertSameFigures(batches.map((batch) => decodeTraces(encodeTraces(batch, 'protobuf')).batch));
  });

  it('of spans full of content are the same', async () => {
    await assertSameFigures(canaryValues().map((value) => batchWith([canarySpan(value)])));
  });

  it('of the one cost that stands among content are the same', async () => {
    const costs = ['0.0012', '1e-7', '"0.25"', '"n/a"', '"NaN"', '1e999', 'true', 'null', '{}', '-1', '12345678901234567890'];
    const metadata = [
      ...costs.map((cost) => `{"openrouter":{"usage":{"cost":${cost},"note":"x"}},"anthropic":{"text":"x"}}`),
      '{"openrouter":{"usage":{}}}',
      '{"openrouter":[]}',
      '[]',
      'cut off {"openrouter":{"usage":{"cost":1',
    ];
    const values: readonly AnyValue[] = [
      ...metadata.map((stringValue) => ({ stringValue })),
      nested({ doubleValue: 0.5 }),
      nested({ intValue: '2' }),
      nested({ stringValue: '0.75' }),
      nested({ stringValue: 'text' }),
      nested({ bytesValue: 'AQI=' }),
      { intValue: 1 },
    ];
    for (const value of values) await assertSameFigures([batchWith([call({ 'ai.response.providerMetadata': value })])]);
    const page = (await figuresOf([batchWith([call({ 'ai.response.providerMetadata': values[0] ?? {} })])])).join();
    assert.ok(page.includes('openrouter_cost_usd_total{model="m",provider="unknown",api_key="unknown"} 0.0012'), page);
  });

  it('of the finish reason that stands on a message are the same', async () => {
    const events = MESSAGE_EVENTS.map((name) => ({ name, attributes: attributesOf({ message: 'x', finish_reason: 'length' }) }));
    await assertSameFigures([batchWith([{ ...call({}), events }])]);
  });

  it('of the outcome that stands in the message of an error are the same', async () => {
    const gone = 'The client has disconnected';
    for (const messages of [[gone], [`${gone}!`], [gone, 'other'], ['other', gone], ['']]) {
      const attributes = messages.flatMap((message) => attributesOf({ 'exception.message': message }));
      const span = { ...call({}), status: { code: 2 }, events: [{ name: 'exception', attributes }] };
      await assertSameFigures([batchWith([span])]);
    }
  });

  it('of anything that a sender may put together are the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(attributes, { minLength: 1, maxLength: 4 }), async (lists) => {
        await assertSameFigures([
          batchWith(
            lists.map((list) => ({ ...call({}), attributes: [...attributesOf({ 'gen_ai.request.model': 'm' }), ...list] })),
          ),
        ]);
      }),
      { numRuns: 60 },
    );
  });
});

function call(attributes: Parameters<typeof attributesOf>[0]) {
  return {
    ...canarySpan({}),
    events: [],
    attributes: attributesOf({ 'gen_ai.request.model': 'm', 'ai.operationId': 'ai.streamText.doStream', ...attributes }),
  };
}

function nested(cost: AnyValue): AnyValue {
  const map = (key: string, value: AnyValue): AnyValue => ({ kvlistValue: { values: [{ key, value }] } });
  return map('openrouter', map('usage', map('cost', cost)));
}

const value: fc.Arbitrary<AnyValue> = fc.oneof(
  fc
    .constantFrom('chat', 'stop', 'true', 'openai/gpt', '0.5', '17', '[]', 'x'.repeat(80))
    .map((stringValue) => ({ stringValue })),
  fc.double({ noNaN: true }).map((doubleValue) => ({ doubleValue })),
  fc.nat(5_000).map((intValue) => ({ intValue })),
  fc.boolean().map((boolValue) => ({ boolValue })),
  fc.json({ maxDepth: 2 }).map((stringValue) => ({ stringValue })),
  fc
    .oneof(fc.double({ noNaN: true, min: 0, max: 9 }), fc.string({ maxLength: 5 }))
    .map((cost) => ({ stringValue: JSON.stringify({ openrouter: { usage: { cost } } }) })),
  fc.constantFrom<AnyValue>({}, nested({ doubleValue: 0.25 }), { arrayValue: { values: [{ stringValue: 'stop' }] } }),
);

const attributes: fc.Arbitrary<Attributes> = fc.array(
  fc.record({
    key: fc.constantFrom(...FACT_KEYS, ...CONTENT_KEYS, 'ai.response.providerMetadata', 'trace.metadata.team'),
    value,
  }),
  { maxLength: 12 },
);
