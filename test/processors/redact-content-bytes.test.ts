/** What a body says beside the fields that are read from it does not get past redact_content either. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AnyValue, Attributes, Batch } from '../../src/data/batch.ts';
import { decodeTraces, encodeTraces } from '../../src/otlp/codec.ts';
import { redactContentProcessor } from '../../src/processors/redact-content.ts';
import { CANARY } from '../helpers/content.ts';
import { attributesOf, batchWith, processedAttributes, processorFrom, spansIn } from '../helpers/processing.ts';

const drop = processorFrom(redactContentProcessor, '');
const truncate = processorFrom(redactContentProcessor, 'action: truncate\nmax_bytes: 10');

const LONG = `0123456789 ${CANARY}`;
const PROMPT = `{"key":"gen_ai.prompt","value":{"stringValue":"${LONG}"}}`;
const SPAN = '{"name":"s"}';
const SPANS = `{"scopeSpans":[{"spans":[${SPAN}]}]}`;

function spanBody(members: string): string {
  return `{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"s",${members}}]}]}]}`;
}

function sent(batch: Batch | undefined): string {
  assert.ok(batch?.signal === 'traces' && batch.encoded === undefined);
  return Buffer.from(encodeTraces(batch).bytes).toString();
}

describe('what is sent on', () => {
  const unknown = `"more":{"gen_ai.prompt":"${LONG}"}`;
  const bodies: Readonly<Record<string, string>> = {
    'attributes twice': spanBody(`"attributes":[${PROMPT}],"attributes":[]`),
    'attributes twice, the first one escaped': spanBody(`"\\u0061ttributes":[${PROMPT}],"attributes":[]`),
    'resourceSpans twice': `{"resourceSpans":[{"resource":{"attributes":[${PROMPT}]}}],"resourceSpans":[${SPANS}]}`,
    'a value twice': spanBody(`"attributes":[{"key":"gen_ai.prompt","value":{"stringValue":"${LONG}"},"key":"k","value":{}}]`),
    'resource_spans beside it': `{"resourceSpans":[${SPANS}],"resource_spans":[{"resource":{"attributes":[${PROMPT}]}}]}`,
    'attributes that are a map': spanBody(`"attributes":{"gen_ai.prompt":"${LONG}"}`),
    'events that are a map': spanBody(`"events":{"name":"gen_ai.choice","attributes":[${PROMPT}]}`),
    'an entry of a list that is none': spanBody(`"attributes":["${LONG}",{"key":"k"}]`),
    'a name in other case': spanBody(`"Attributes":[${PROMPT}]`),
    'a count that is a text': spanBody(`"droppedAttributesCount":"${LONG}"`),
    'a prototype': spanBody(`"__proto__":{"gen_ai.prompt":"${LONG}"}`),
    'unknown members of envelopes': `{"resourceSpans":[{"instrumentationLibrarySpans":[{"spans":[{"attributes":[${PROMPT}]}]}],"resource":{${unknown}},"scopeSpans":[{${unknown},"scope":{${unknown}},"spans":[${SPAN}]}]}],${unknown}}`,
    'unknown members of spans': spanBody(`${unknown},"events":[{${unknown}}],"links":[{${unknown}}],"status":{${unknown}}`),
    'unknown members of attributes': spanBody(
      `"attributes":[{"key":"a",${unknown},"value":{"stringValue":"a",${unknown}}},{"key":"b","value":{"arrayValue":{${unknown},"values":[{${unknown}}]}}},{"key":"c","value":{"kvlistValue":{${unknown},"values":[{"key":"d",${unknown}}]}}}]`,
    ),
    'entity references': `{"resourceSpans":[{"resource":{"entityRefs":[{"type":["${LONG}"],"idKeys":{"a":"${LONG}"},${unknown}}]},"scopeSpans":[{"spans":[${SPAN}]}]}]}`,
  };
  for (const [what, body] of Object.entries(bodies)) {
    it(`holds nothing of ${what}`, () => {
      assert.ok(body.includes(CANARY));
      const { batch } = decodeTraces({ encoding: 'json', bytes: Buffer.from(body) });
      for (const redact of [drop, truncate]) {
        assert.ok(!sent(redact(batch)).includes(CANARY));
        assert.equal(spansIn(redact(batch))[0]?.name, 's');
      }
    });
  }

  it('has no field of protobuf that OTLP does not know', () => {
    const unknownField = Buffer.concat([Buffer.from([0x9a, 0x06, CANARY.length]), Buffer.from(CANARY)]);
    const { bytes } = encodeTraces({ signal: 'traces', resources: [{ scopeSpans: [{ spans: [{ name: 's' }] }] }] }, 'protobuf');
    const { batch } = decodeTraces({ encoding: 'protobuf', bytes: Buffer.concat([bytes, unknownField]) });
    assert.ok(Buffer.from(batch.encoded?.bytes ?? []).includes(CANARY));
    assert.ok(!sent(drop(batch)).includes(CANARY));
  });
});

describe('content in other places', () => {
  const map = (written: Attributes): AnyValue => ({ kvlistValue: { values: written } });
  const content: Readonly<Record<string, Attributes>> = {
    'a name in capitals': attributesOf({ 'GEN_AI.PROMPT': LONG }),
    'a name in other case': attributesOf({ 'span.Metadata.Input.Value': LONG, 'AI.response.providermetadata': LONG }),
    'the explanation of an evaluation': attributesOf({ 'gen_ai.evaluation.explanation': LONG }),
    'a map': attributesOf({ request: map(attributesOf({ 'gen_ai.prompt': LONG })) }),
    'a map in a list in a map': attributesOf({
      a: map(attributesOf({ b: { arrayValue: { values: [map(attributesOf({ 'input.value': LONG }))] } } })),
    }),
    'maps whose names make one': attributesOf({ gen_ai: map(attributesOf({ prompt: LONG })) }),
    'an error message': attributesOf({ 'exception.message': LONG }),
    'a stack': attributesOf({ 'exception.stacktrace': LONG }),
  };
  for (const [where, attributes] of Object.entries(content)) {
    it(`is found: ${where}`, () => {
      const batch = batchWith([{ attributes, events: [{ name: 'exception', attributes }], links: [{ attributes }] }]);
      assert.ok(!sent(drop(batch)).includes(CANARY));
      assert.ok(!sent(truncate(batch)).includes(CANARY));
    });
  }

  it('is found in an event that is a message in other case', () => {
    const batch = batchWith([{ events: [{ name: 'Gen_AI.Choice', attributes: attributesOf({ any: LONG }) }] }]);
    assert.ok(!sent(drop(batch)).includes(CANARY));
  });

  it('is found as deep as values go', () => {
    const deep = Array.from({ length: 60 }).reduce<AnyValue>(
      (value) => map([{ key: 'k', value }]),
      map(attributesOf({ 'gen_ai.prompt': LONG })),
    );
    assert.ok(!sent(drop(batchWith([{ attributes: attributesOf({ deep }) }]))).includes(CANARY));
  });

  it('stays in a map that is to be kept, and leaves what else is in a map', () => {
    const keep = processorFrom(redactContentProcessor, 'keep: [kept, other.gen_ai.prompt]');
    const inner = attributesOf({ 'gen_ai.prompt': LONG, model: 'm' });
    const attributes = attributesOf({ kept: map(inner), other: map(inner), third: map(inner) });
    assert.deepEqual(
      processedAttributes(keep, attributes),
      attributesOf({ kept: map(inner), other: map(inner), third: map(attributesOf({ model: 'm' })) }),
    );
  });
});

describe('of an error', () => {
  const GONE = 'The client has disconnected';

  it('its type stays, and the message that says that the client is gone', () => {
    const attributes = attributesOf({ 'exception.type': 'Error', 'exception.message': GONE });
    for (const redact of [drop, truncate]) assert.deepEqual(processedAttributes(redact, attributes), attributes);
  });

  it('another message becomes empty, or is cut, but never to that one', () => {
    const attributes = attributesOf({ 'exception.message': `${GONE}: ${LONG}` });
    const left = (yaml: string) => processedAttributes(processorFrom(redactContentProcessor, yaml), attributes)[0]?.value;
    assert.deepEqual(left(''), { stringValue: '' });
    assert.deepEqual(left('action: truncate\nmax_bytes: 10'), { stringValue: 'The client' });
    assert.deepEqual(left(`action: truncate\nmax_bytes: ${GONE.length}`), { stringValue: '' });
  });

  it('names and status messages stay', () => {
    const span = { name: 'LLM Generation', status: { code: 2, message: GONE } };
    assert.deepEqual(spansIn(drop(batchWith([span]))), [span]);
  });
});
