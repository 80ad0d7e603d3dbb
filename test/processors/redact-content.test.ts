/** What people and models say to each other does not get past the processor, or only its beginning does. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { AnyValue, Batch } from '../../src/data/batch.ts';
import { decodeTraces, encodeTraces } from '../../src/otlp/codec.ts';
import { redactContentProcessor } from '../../src/processors/redact-content.ts';
import { faultsOf } from '../helpers/component.ts';
import { CANARY, CONTENT_KEYS, canarySpan, canaryValues } from '../helpers/content.ts';
import { attributesOf, batchWith, processedAttributes, processorFrom, spansIn } from '../helpers/processing.ts';

const drop = processorFrom(redactContentProcessor, '');

function truncateTo(bytes: number) {
  return processorFrom(redactContentProcessor, `action: truncate\nmax_bytes: ${bytes}`);
}

function bytesOf(batch: Batch | undefined): string {
  assert.ok(batch?.signal === 'traces' && batch.encoded === undefined);
  return Buffer.from(encodeTraces(batch).bytes).toString();
}

describe('dropping', () => {
  for (const value of canaryValues()) {
    it(`leaves nothing of content as ${Object.keys(value)}: ${JSON.stringify(value).slice(0, 60)}`, () => {
      const attributes = attributesOf({ 'gen_ai.prompt': value, 'span.metadata.input.value': value });
      const batch = batchWith([canarySpan(value)], { resource: { attributes }, scope: { name: 's', attributes } });
      assert.ok(!bytesOf(drop(batch)).includes(CANARY));
      const { resources } = batch;
      const received = decodeTraces(encodeTraces({ signal: 'traces', resources, encoding: 'protobuf' })).batch;
      assert.ok(!bytesOf(drop(received)).includes(CANARY), 'as protobuf');
    });
  }

  it('leaves everything else as it was, in its order', () => {
    const [span] = spansIn(drop(batchWith([canarySpan({ stringValue: CANARY })])));
    assert.deepEqual(
      span?.attributes?.map(({ key }) => key),
      [
        'gen_ai.request.model',
        'gen_ai.usage.total_cost',
        'trace.metadata.team',
        'ai.response.providerMetadata',
        'gen_ai.operation.name',
      ],
    );
    const choice = span?.events?.find(({ name }) => name === 'gen_ai.choice');
    assert.deepEqual(choice?.attributes, attributesOf({ finish_reason: 'stop', index: { intValue: 0 } }));
    assert.equal(span?.events?.length, canarySpan({}).events?.length);
  });

  it('does not take names that only begin alike for content', () => {
    const attributes = attributesOf({
      'gen_ai.prompt_tokens': '1',
      'gen_ai.usage.prompt_tokens': { intValue: 3 },
      'gen_ai.completions': 'x',
      'span.inputs': 'x',
      'trace.metadata.inputs': 'x',
      'metadata.gen_ai.prompt': 'x',
      'llm.token_count.prompt': { intValue: 3 },
      'ai.usage.promptTokens': { intValue: 3 },
      'ai.response.finishReason': 'stop',
      'x.gen_ai.prompt': 'x',
      '': 'x',
    });
    assert.deepEqual(processedAttributes(drop, attributes), attributes);
  });

  it('leaves what is to be kept', () => {
    const keep = processorFrom(redactContentProcessor, 'keep: [gen_ai.prompt, gen_ai.prompt.0.role, message]');
    const [span] = spansIn(keep(batchWith([canarySpan({ stringValue: CANARY })])));
    const kept = span?.attributes?.filter(({ value }) => value?.stringValue === CANARY).map(({ key }) => key);
    assert.deepEqual(kept, ['gen_ai.prompt', 'gen_ai.prompt.0.role']);
    assert.deepEqual(
      span?.events?.[0]?.attributes?.map(({ key }) => key),
      ['finish_reason', 'index', 'message', 'gen_ai.prompt'],
    );
  });

  it('writes a batch without content anew, as it was', () => {
    const batch = batchWith(
      [{ attributes: attributesOf({ 'gen_ai.request.model': 'm' }), events: [{ name: 'e' }], links: [{}] }, {}],
      {
        resource: { attributes: attributesOf({ 'service.name': 'openrouter' }) },
        scope: { name: 'openrouter' },
      },
    );
    const { resources } = batch;
    assert.deepEqual(drop(batch), { signal: 'traces', resources, encoding: 'json' });
    assert.deepEqual(truncateTo(1)(batch), { signal: 'traces', resources, encoding: 'json' });
  });

  it('leaves the bytes of a changed batch behind, and the spans without content as they were', () => {
    const batch = batchWith([{ attributes: attributesOf({ 'gen_ai.prompt': 'x' }) }, { name: 'child' }]);
    const redacted = drop(batch);
    assert.equal(redacted?.encoded, undefined);
    assert.deepEqual(spansIn(redacted)[1], spansIn(batch)[1]);
  });

  it('finds nothing more the second time', () => {
    const once = drop(batchWith([canarySpan({ stringValue: CANARY })]));
    assert.ok(once);
    assert.deepEqual(drop(once), once);
  });
});

describe('truncating', () => {
  const cases: readonly (readonly [what: string, bytes: number, value: AnyValue, cut: AnyValue, length: number | undefined])[] = [
    ['leaves a text of just the bytes', 5, { stringValue: 'abcde' }, { stringValue: 'abcde' }, undefined],
    ['cuts a longer one', 5, { stringValue: 'abcdef' }, { stringValue: 'abcde' }, 6],
    ['counts bytes, not characters', 5, { stringValue: 'üüü' }, { stringValue: 'üü' }, 6],
    ['does not cut through a character of four bytes', 5, { stringValue: 'ab😀' }, { stringValue: 'ab' }, 6],
    ['may leave nothing', 3, { stringValue: '😀' }, { stringValue: '' }, 4],
    [
      'writes a long list as text',
      10,
      { arrayValue: { values: [{ stringValue: 'abc' }, { stringValue: 'def' }] } },
      { stringValue: '["abc","de' },
      13,
    ],
    [
      'leaves a short list',
      20,
      { arrayValue: { values: [{ intValue: '1' }] } },
      { arrayValue: { values: [{ intValue: '1' }] } },
      undefined,
    ],
    [
      'writes a long map as text',
      5,
      { kvlistValue: { values: [{ key: 'a', value: { doubleValue: 1.5 } }] } },
      { stringValue: '{"a":' },
      9,
    ],
    ['cuts bytes as the text they are in JSON', 4, { bytesValue: 'AAECAw==' }, { stringValue: 'AAEC' }, 8],
    ['leaves numbers', 1, { intValue: '12345' }, { intValue: '12345' }, undefined],
    ['leaves booleans', 1, { boolValue: false }, { boolValue: false }, undefined],
    ['leaves an empty value', 1, {}, {}, undefined],
  ];
  for (const [what, bytes, value, cut, length] of cases) {
    it(what, () => {
      const mark = length === undefined ? {} : { 'gen_ai.prompt.truncated': { intValue: length } };
      assert.deepEqual(
        processedAttributes(truncateTo(bytes), attributesOf({ 'gen_ai.prompt': value, other: 'x'.repeat(100) })),
        attributesOf({ 'gen_ai.prompt': cut, other: 'x'.repeat(100), ...mark }),
      );
    });
  }

  it('leaves 2000 bytes unless told otherwise', () => {
    const [prompt, mark] = processedAttributes(
      processorFrom(redactContentProcessor, 'action: truncate'),
      attributesOf({ 'gen_ai.prompt': 'x'.repeat(2001) }),
    );
    assert.equal(prompt?.value?.stringValue?.length, 2000);
    assert.deepEqual(mark, { key: 'gen_ai.prompt.truncated', value: { intValue: 2001 } });
  });

  it('cuts every attribute, on events too', () => {
    const value = { stringValue: `${'x'.repeat(10)}${CANARY}` };
    const batch = batchWith([canarySpan(value)], { resource: { attributes: attributesOf({ 'input.value': value }) } });
    const [span] = spansIn(truncateTo(10)(batch));
    assert.ok(!bytesOf(truncateTo(10)(batch)).includes(CANARY));
    for (const key of CONTENT_KEYS.filter((key) => key !== 'ai.response.providerMetadata')) {
      assert.equal(span?.attributes?.find((attribute) => attribute.key === key)?.value?.stringValue, 'x'.repeat(10), key);
      assert.ok(
        span?.attributes?.some((attribute) => attribute.key === `${key}.truncated`),
        key,
      );
    }
  });

  it('says the length itself, whatever a sender wrote there', () => {
    const attributes = attributesOf({ 'span.input.truncated': 'no', 'span.input': 'abcdef' });
    assert.deepEqual(
      processedAttributes(truncateTo(3), attributes),
      attributesOf({ 'span.input.truncated': { intValue: 6 }, 'span.input': 'abc' }),
    );
  });

  it('cuts a key that stands twice wherever it stands', () => {
    const twice = [...attributesOf({ 'span.input': 'first' }), ...attributesOf({ 'span.input': 'second' })];
    assert.deepEqual(
      processedAttributes(truncateTo(1), twice).map(({ value }) => value?.stringValue ?? value?.intValue),
      ['f', 's', 6],
    );
  });

  it('ends in whole characters, never longer than allowed, and the second time there is nothing to do', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), fc.integer({ min: 1, max: 30 }), (text, bytes) => {
        const processor = truncateTo(bytes);
        const once = processor(batchWith([{ attributes: attributesOf({ 'gen_ai.prompt': text }) }]));
        const cut = spansIn(once)[0]?.attributes?.[0]?.value?.stringValue ?? '';
        assert.ok(Buffer.byteLength(cut) <= bytes);
        assert.ok(text.startsWith(cut));
        assert.ok(!text.isWellFormed() || cut.isWellFormed());
        assert.deepEqual(once && processor(once), once);
      }),
    );
  });
});

describe('settings', () => {
  const cases: readonly (readonly [yaml: string, message: string])[] = [
    ['action: drp', 'expected one of "drop", "truncate", got "drp"'],
    ['max_bytes: 0', 'expected a number above 0, got 0'],
    ['keep: gen_ai.prompt', 'expected a list, got "gen_ai.prompt"'],
  ];
  for (const [yaml, message] of cases) {
    it(`{ ${yaml} } is told`, () => assert.equal(faultsOf(redactContentProcessor.config, yaml)[0]?.message, message));
  }
});
