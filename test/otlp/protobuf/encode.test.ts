import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AnyValue, Batch, Span } from '../../../src/data/batch.ts';
import { encodeTracesJson } from '../../../src/otlp/json.ts';
import { decodeTracesProtobuf } from '../../../src/otlp/protobuf/decode.ts';
import { encodeTracesProtobuf } from '../../../src/otlp/protobuf/encode.ts';
import { deepFreeze } from '../../helpers/deep-freeze.ts';
import { decodeByOracle } from '../../helpers/otlp-protobuf-oracle.ts';
import { concat, number, requestOf, requestOfValue, tag, text } from '../../helpers/protobuf-bytes.ts';

function batchOf(span: object): Batch<'traces'> {
  return deepFreeze({ signal: 'traces', resources: [{ scopeSpans: [{ spans: [span] }] }] });
}

function encoded(span: object): Uint8Array {
  return encodeTracesProtobuf(batchOf(span)).bytes;
}

/** The one span, as an independent library sees it. */
function spanByOracle(span: object): unknown {
  const request = decodeByOracle('ExportTraceServiceRequest', encoded(span)) as { resourceSpans: Batch<'traces'>['resources'] };
  return request.resourceSpans[0]?.scopeSpans?.[0]?.spans?.[0];
}

describe('encoding a batch as OTLP/protobuf', () => {
  it('keeps the bytes of a batch that came as protobuf', () => {
    const { batch } = decodeTracesProtobuf(requestOf(text(5, 'chat'), number(99, 1)));
    assert.equal(encodeTracesProtobuf(batch), batch.encoded);
  });

  it('makes new bytes of a batch that came as JSON', () => {
    const { resources } = batchOf({ name: 'chat' });
    const batch: Batch<'traces'> = { signal: 'traces', resources, encoded: encodeTracesJson({ signal: 'traces', resources }) };
    assert.deepEqual(encodeTracesProtobuf(batch), {
      encoding: 'protobuf',
      bytes: new Uint8Array(requestOf(text(5, 'chat'))),
      mergeable: true,
    });
  });

  it('makes no bytes of a batch without resources', () => {
    assert.equal(encodeTracesProtobuf({ signal: 'traces', resources: [] }).bytes.length, 0);
  });

  it('grows with the batch', () => {
    const spans = Array.from({ length: 100 }, (_, index) => ({ name: 'x'.repeat(index * 100) }));
    const batch: Batch<'traces'> = { signal: 'traces', resources: [{ scopeSpans: [{ spans }] }] };
    assert.deepEqual(decodeTracesProtobuf(encodeTracesProtobuf(batch).bytes).batch.resources[0]?.scopeSpans?.[0]?.spans, [
      {},
      ...spans.slice(1),
    ]);
  });
});

describe('a field of a span', () => {
  const cases: [name: string, span: object, expected: object][] = [
    ['an id in upper case', { traceId: 'ABCDEF' }, { traceId: 'abcdef' }],
    ['an id of a wrong length', { spanId: '0102' }, { spanId: '0102' }],
    ['an id with half a byte', { traceId: '5258967017f4a8a711af864ff363e4aa5' }, {}],
    ['an id that is not hexadecimal', { traceId: 'UliWcBf0qKcRr4ZP82Pkqg==' }, {}],
    ['an id that ends in something else', { parentSpanId: '5258967017f4a8zz' }, {}],
    ['a time as text', { startTimeUnixNano: '18446744073709551615' }, { startTimeUnixNano: '18446744073709551615' }],
    ['a time as a number', { endTimeUnixNano: 1_700_000_000_000_000_000 }, { endTimeUnixNano: '1700000000000000000' }],
    ['a time that is none', { endTimeUnixNano: '-1' }, {}],
    ['a kind as a number', { kind: 3 }, { kind: 3 }],
    ['a kind as text', { kind: '3' }, { kind: 3 }],
    ['a kind by name', { kind: 'SPAN_KIND_CONSUMER' }, { kind: 5 }],
    ['a kind that is unknown', { kind: 'SPAN_KIND_' }, {}],
    ['a status by name', { status: { code: 'STATUS_CODE_ERROR', message: 'm' } }, { status: { code: 2, message: 'm' } }],
    ['an empty status', { status: {} }, { status: {} }],
    ['flags', { flags: 2 ** 32 - 1 }, { flags: 2 ** 32 - 1 }],
    ['counts that no component reads', { droppedEventsCount: 300 }, { droppedEventsCount: 300 }],
    ['a count of a wrong type', { droppedEventsCount: '3', droppedLinksCount: -1, droppedAttributesCount: 1.5 }, {}],
    ['a half surrogate', { name: 'a\ud800b' }, { name: 'a\ufffdb' }],
    ['defaults', { name: '', kind: 0, flags: 0, startTimeUnixNano: '0', attributes: [], events: [] }, {}],
    ['what OTLP does not know', { name: 'chat', cost: 1, Status: {} }, { name: 'chat' }],
    ['lists and messages of a wrong type', { attributes: {}, events: 'x', links: [1, {}], status: [] }, { links: [{}] }],
  ];
  for (const [name, span, expected] of cases) {
    it(`is written: ${name}`, () => assert.deepEqual(spanByOracle(span), expected));
  }
});

describe('a value of an attribute', () => {
  const cases: [name: string, value: object, expected: object][] = [
    ['an integer', { intValue: 2000 }, { intValue: '2000' }],
    ['a negative integer', { intValue: -1 }, { intValue: '-1' }],
    ['zero', { intValue: 0 }, { intValue: '0' }],
    ['an integer as text', { intValue: '9223372036854775807' }, { intValue: '9223372036854775807' }],
    ['the smallest integer', { intValue: '-9223372036854775808' }, { intValue: '-9223372036854775808' }],
    ['an integer beyond 64 bits', { intValue: '9223372036854775808' }, {}],
    ['a large number that is an integer', { intValue: 1e18 }, { intValue: '1000000000000000000' }],
    ['a number that is no integer', { intValue: 1.5 }, {}],
    ['a double', { doubleValue: 0.1 }, { doubleValue: 0.1 }],
    ['a double as text', { doubleValue: '1e-3' }, { doubleValue: 0.001 }],
    ['NaN', { doubleValue: 'NaN' }, { doubleValue: 'NaN' }],
    ['infinity', { doubleValue: 'Infinity' }, { doubleValue: 'Infinity' }],
    ['infinity as a number', { doubleValue: -Infinity }, { doubleValue: '-Infinity' }],
    ['a double that is none', { doubleValue: 'much' }, {}],
    ['false', { boolValue: false }, { boolValue: false }],
    ['an empty text', { stringValue: '' }, { stringValue: '' }],
    ['standard base64', { bytesValue: '+/8=' }, { bytesValue: '+/8=' }],
    ['URL-safe base64 without padding', { bytesValue: '-_8' }, { bytesValue: '+/8=' }],
    ['no bytes', { bytesValue: '' }, { bytesValue: '' }],
    ['an array', { arrayValue: { values: [{ boolValue: true }, {}] } }, { arrayValue: { values: [{ boolValue: true }, {}] } }],
    ['an array without values', { arrayValue: {} }, { arrayValue: {} }],
    ['a map', { kvlistValue: { values: [{ key: 'a', value: {} }] } }, { kvlistValue: { values: [{ key: 'a', value: {} }] } }],
    ['two fields: the first in the order of the schema', { intValue: 1, stringValue: 'x' }, { stringValue: 'x' }],
    ['nothing', {}, {}],
    ['what is no value', [], {}],
  ];
  for (const [name, value, expected] of cases) {
    it(`is written: ${name}`, () => {
      const written = spanByOracle({ attributes: [{ key: 'k', value }] });
      const attribute = Array.isArray(value) ? { key: 'k' } : { key: 'k', value: expected };
      assert.deepEqual(written, { attributes: [attribute] });
    });
  }
});

describe('a batch that came as protobuf', () => {
  it('is the same in JSON as the values it stands for', () => {
    const double = Buffer.alloc(8);
    double.writeDoubleLE(Number.NaN);
    const { batch } = decodeTracesProtobuf(requestOfValue(concat(tag(4, 1), double)));
    const { bytes } = encodeTracesJson({ signal: 'traces', resources: batch.resources });
    const value: AnyValue = { doubleValue: 'NaN' };
    const span: Span = { attributes: [{ key: 'k', value }] };
    assert.deepEqual(JSON.parse(Buffer.from(bytes).toString()), { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
  });
});
