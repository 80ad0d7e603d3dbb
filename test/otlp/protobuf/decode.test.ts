import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { IntakeError } from '../../../src/component/errors.ts';
import type { AnyValue, Span } from '../../../src/data/batch.ts';
import { spansOf } from '../../../src/data/spans.ts';
import { decodeTracesProtobuf } from '../../../src/otlp/protobuf/decode.ts';
import { deepFreeze } from '../../helpers/deep-freeze.ts';
import { concat, group, message, number, requestOf, requestOfValue, tag, text, varint } from '../../helpers/protobuf-bytes.ts';

function onlySpan(bytes: Uint8Array): Span {
  const spans = [...spansOf(decodeTracesProtobuf(bytes).batch)];
  assert.equal(spans.length, 1);
  return spans[0]!.span;
}

function onlyValue(bytes: Uint8Array): AnyValue | undefined {
  const attributes = onlySpan(bytes).attributes ?? [];
  assert.equal(attributes.length, 1);
  return attributes[0]!.value;
}

function fixed64(field: number, value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return concat(tag(field, 1), bytes);
}

function double(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return concat(tag(field, 1), bytes);
}

/** An AnyValue in as many lists, in time that grows no faster than they do. */
function nested(depth: number, listField: 5 | 6, innermost: Uint8Array): Buffer {
  const fields = listField === 5 ? [1, 5] : [2, 1, 6];
  const parts: Uint8Array[] = [innermost];
  let length = innermost.length;
  for (const field of new Array<number[]>(depth).fill(fields).flat()) {
    const part = concat(tag(field, 2), varint(length));
    parts.push(part);
    length += part.length;
  }
  return Buffer.concat(parts.toReversed());
}

describe('decoding an OTLP/protobuf request', () => {
  it('gives a batch in the shape of OTLP/JSON, with the bytes it came in', () => {
    const bytes = concat(
      message(
        1,
        message(1, message(1, text(1, 'service.name'), message(2, text(1, 'openrouter'))), number(2, 1)),
        message(
          2,
          message(1, text(1, 'scope'), text(2, '1.0')),
          message(
            2,
            message(1, Buffer.from('5258967017F4A8A711AF864FF363E4AA', 'hex')),
            message(2, Buffer.from('5258967017f4a8a7', 'hex')),
            text(5, 'chat'),
            number(6, 3),
            fixed64(7, 1_790_700_020_000_000_001n),
            fixed64(8, 2n ** 64n - 1n),
            number(10, 4),
            message(11, fixed64(1, 5n), text(2, 'first token')),
            message(13, message(1, [1]), concat(tag(6, 5), [1, 1, 0, 0])),
            message(15, text(2, 'late'), number(3, 2)),
            concat(tag(16, 5), [255, 255, 255, 255]),
          ),
          text(3, 'https://scope'),
        ),
        text(3, 'https://resource'),
      ),
    );
    const span = {
      traceId: '5258967017f4a8a711af864ff363e4aa',
      spanId: '5258967017f4a8a7',
      name: 'chat',
      kind: 3,
      startTimeUnixNano: '1790700020000000001',
      endTimeUnixNano: '18446744073709551615',
      droppedAttributesCount: 4,
      events: [{ timeUnixNano: '5', name: 'first token' }],
      links: [{ traceId: '01', flags: 257 }],
      status: { message: 'late', code: 2 },
      flags: 4_294_967_295,
    };
    assert.deepEqual(decodeTracesProtobuf(bytes), {
      batch: {
        signal: 'traces',
        resources: [
          {
            resource: {
              attributes: [{ key: 'service.name', value: { stringValue: 'openrouter' } }],
              droppedAttributesCount: 1,
            },
            scopeSpans: [{ scope: { name: 'scope', version: '1.0' }, spans: [span], schemaUrl: 'https://scope' }],
            schemaUrl: 'https://resource',
          },
        ],
        encoded: { encoding: 'protobuf', bytes, mergeable: true },
      },
      receipt: { rejected: 0, reason: '' },
      faults: new Map(),
    });
  });

  it('gives a batch without resources for no bytes at all', () => {
    assert.deepEqual(decodeTracesProtobuf(new Uint8Array()).batch.resources, []);
  });

  it('reads a body that is a part of a larger buffer', () => {
    const bytes = requestOf(text(5, 'chat'), message(9, text(1, 'k'), message(2, text(1, 'x'.repeat(2000)))));
    const inside = concat([0xff], bytes, [0xff]).subarray(1, -1);
    assert.deepEqual(onlySpan(inside), onlySpan(bytes));
  });
});

describe('a value of an attribute', () => {
  const cases: [name: string, wire: Uint8Array, value: AnyValue][] = [
    ['a text', text(1, 'é€😀'), { stringValue: 'é€😀' }],
    ['an empty text', text(1, ''), { stringValue: '' }],
    ['a text that begins with a byte order mark', text(1, '\ufeffx'), { stringValue: '\ufeffx' }],
    ['true', number(2, 1), { boolValue: true }],
    ['false', number(2, 0), { boolValue: false }],
    ['a truth larger than 1', number(2, 2n ** 63n), { boolValue: true }],
    ['an integer', number(3, 2000), { intValue: 2000 }],
    ['a negative integer', number(3, -1), { intValue: -1 }],
    ['the largest safe integer', number(3, Number.MAX_SAFE_INTEGER), { intValue: Number.MAX_SAFE_INTEGER }],
    ['the smallest safe integer', number(3, Number.MIN_SAFE_INTEGER), { intValue: Number.MIN_SAFE_INTEGER }],
    ['an integer above 2^53', number(3, 2n ** 53n + 1n), { intValue: '9007199254740993' }],
    ['an integer below -2^53', number(3, -(2n ** 53n) - 1n), { intValue: '-9007199254740993' }],
    ['the largest integer', number(3, 2n ** 63n - 1n), { intValue: '9223372036854775807' }],
    ['the smallest integer', number(3, -(2n ** 63n)), { intValue: '-9223372036854775808' }],
    ['an integer in more bytes than it needs', concat(tag(3, 0), [0x81, 0x80, 0x80, 0]), { intValue: 1 }],
    ['a double', double(4, 0.008625), { doubleValue: 0.008625 }],
    ['NaN', double(4, Number.NaN), { doubleValue: 'NaN' }],
    ['an infinite double', double(4, -Infinity), { doubleValue: '-Infinity' }],
    ['an array', message(5, message(1, number(3, 1)), message(1)), { arrayValue: { values: [{ intValue: 1 }, {}] } }],
    ['a map', message(6, message(1, text(1, 'a'))), { kvlistValue: { values: [{ key: 'a' }] } }],
    ['bytes', message(7, [0xfb, 0xff]), { bytesValue: '+/8=' }],
    ['nothing', Buffer.alloc(0), {}],
    ['two fields: the last one', concat(text(1, 'x'), number(3, 1)), { intValue: 1 }],
    ['two texts: the last one', concat(text(1, 'x'), text(1, 'y')), { stringValue: 'y' }],
    [
      'two arrays: one with the values of both',
      concat(message(5, message(1, number(3, 1))), message(5, message(1, number(3, 2)))),
      { arrayValue: { values: [{ intValue: 1 }, { intValue: 2 }] } },
    ],
    [
      'an array, a text, an array: the last one',
      concat(message(5, message(1)), text(1, 'x'), message(5)),
      { arrayValue: { values: [] } },
    ],
  ];
  for (const [name, wire, value] of cases) {
    it(`is read: ${name}`, () => assert.deepEqual(onlyValue(requestOfValue(wire)), value));
  }

  it('is absent where the attribute has none', () => {
    assert.deepEqual(onlySpan(requestOf(message(9, text(1, 'k')), message(9))).attributes, [{ key: 'k' }, { key: '' }]);
  });

  for (const length of [511, 512, 56_000]) {
    it(`of ${length} bytes is a plain member, whenever its text is made`, () => {
      const long = '€'
        .repeat(length / 3)
        .padEnd(length, 'x')
        .slice(0, length);
      const value = onlyValue(requestOfValue(text(1, long)));
      assert.equal(JSON.stringify(value), JSON.stringify({ stringValue: long }));
      assert.deepEqual({ ...value }, { stringValue: long });
      assert.deepEqual(deepFreeze(onlyValue(requestOfValue(text(1, long)))), { stringValue: long });
      assert.deepEqual(structuredClone(value), { stringValue: long });
    });
  }

  for (const listField of [5, 6] as const) {
    const name = listField === 5 ? 'arrayValue' : 'kvlistValue';
    it(`may be 63 ${name}s deep`, () => {
      const { batch, faults } = decodeTracesProtobuf(requestOfValue(nested(63, listField, text(1, 'core'))));
      assert.match(JSON.stringify(batch.resources), /core/);
      assert.equal(faults.size, 0);
    });

    for (const depth of [64, 200, 100_000]) {
      it(`loses what is below 63 ${name}s, of ${depth}, and says so`, () => {
        const deep = requestOfValue(nested(depth, listField, text(1, 'core')));
        const { batch, faults } = decodeTracesProtobuf(concat(deep, requestOf(text(5, 'neighbour'))));
        assert.deepEqual(faults, new Map([[`value.${name}`, 1]]));
        const [, { span: neighbour }] = [...spansOf(batch)] as [unknown, { span: Span }];
        assert.equal(neighbour.name, 'neighbour');
        assert.doesNotMatch(JSON.stringify(batch.resources), /core/);
      });
    }
  }
});

describe('fields that are odd, but allowed', () => {
  const name = text(5, 'chat');
  const named: Span = { name: 'chat' };
  const cases: [name: string, bytes: Uint8Array, span: Span][] = [
    ['an unknown varint', requestOf(name, number(99, 2n ** 63n)), named],
    ['an unknown 64-bit field', requestOf(name, fixed64(99, 1n)), named],
    ['an unknown 32-bit field', requestOf(name, concat(tag(99, 5), [1, 2, 3, 4])), named],
    ['an unknown message', requestOf(name, message(99, text(5, 'other'))), named],
    ['an unknown field that is not UTF-8', requestOf(name, message(99, [0xff])), named],
    ['an unknown group', requestOf(name, group(99, number(1, 1), text(5, 'other'))), named],
    ['an unknown group in a group', requestOf(group(99, group(98, fixed64(1, 1n)), group(99)), name), named],
    ['the largest field number', requestOf(name, number(2 ** 29 - 1, 1)), named],
    ['a group of a known number', requestOf(name, group(5)), named],
    ['a text field as a number', requestOf(name, number(5, 1)), named],
    ['a text field as a 64-bit field', requestOf(fixed64(5, 1n), name), named],
    ['a time as a number', requestOf(name, number(7, 1)), named],
    ['an id as a 32-bit field', requestOf(name, concat(tag(1, 5), [1, 2, 3, 4])), named],
    ['a kind as a packed list', requestOf(name, message(6, [3])), named],
    ['attributes as a number', requestOf(name, number(9, 1)), named],
    ['a value as a number', requestOf(message(9, text(1, 'k'), number(2, 1))), { attributes: [{ key: 'k' }] }],
    ['fields of other kinds of telemetry', requestOf(message(9, number(3, 1), text(1, 'k'))), { attributes: [{ key: 'k' }] }],
    ['fields in no order', requestOf(number(6, 3), name, message(2, [1])), { kind: 3, name: 'chat', spanId: '01' }],
    ['a text twice: the last one counts', requestOf(text(5, 'old'), name), named],
    ['an id twice: the last one counts, even if empty', requestOf(message(2, [1]), message(2)), { spanId: '' }],
    [
      'a status twice: both make one',
      requestOf(message(15, text(2, 'late'), number(3, 1)), message(15, number(3, 2))),
      { status: { message: 'late', code: 2 } },
    ],
    [
      'a value twice: both make one',
      requestOf(message(9, message(2, message(5, message(1))), text(1, 'k'), message(2, message(5, message(1, number(3, 1)))))),
      { attributes: [{ key: 'k', value: { arrayValue: { values: [{}, { intValue: 1 }] } } }] },
    ],
    ['an id of a wrong length', requestOf(message(1, [0xab, 1, 2])), { traceId: 'ab0102' }],
    ['a count of more than 32 bits', requestOf(number(10, 2n ** 63n + 7n)), { droppedAttributesCount: 7 } as Span],
    ['a tag in more bytes than it needs', requestOf(concat([0xaa, 0x80, 0], varint(4), Buffer.from('chat'))), named],
    ['an empty span', requestOf(), {}],
  ];
  for (const [name, bytes, span] of cases) {
    it(`are taken: ${name}`, () => {
      assert.deepEqual(onlySpan(bytes), span);
      assert.equal(decodeTracesProtobuf(bytes).faults.size, 0);
    });
  }

  it('are taken: a resource and a scope that come in two parts', () => {
    const attribute = (key: string): Buffer => message(1, text(1, key));
    const scope = [message(1, text(1, 'old'), text(2, '1')), message(1, text(1, 'new'))];
    const bytes = message(1, message(1, attribute('a')), message(2, ...scope), message(1, attribute('b')));
    assert.deepEqual(decodeTracesProtobuf(bytes).batch.resources, [
      { resource: { attributes: [{ key: 'a' }, { key: 'b' }] }, scopeSpans: [{ scope: { name: 'new', version: '1' } }] },
    ]);
  });

  for (const [field, bytes] of [
    ['span.kind', requestOf(number(6, 3), number(6, 6))],
    ['span.kind', requestOf(number(6, -1))],
    ['status.code', requestOf(message(15, number(3, 3)))],
  ] as const) {
    it(`are absent and counted: an enum number beyond ${field}`, () => {
      const { faults } = decodeTracesProtobuf(bytes);
      assert.deepEqual(faults, new Map([[field, 1]]));
      assert.deepEqual(onlySpan(bytes), field === 'span.kind' ? {} : { status: {} });
    });
  }
});

describe('a body that is no protobuf message', () => {
  const cases: [name: string, bytes: Uint8Array][] = [
    ['JSON', Buffer.from('{"resourceSpans":[]}')],
    ['a varint of eleven bytes', concat(tag(9, 0), new Array(10).fill(0x80), [1])],
    ['a varint of eleven bytes as a length', concat(tag(1, 2), new Array(10).fill(0x80), [0])],
    ['a varint of ten bytes with more than 64 bits', concat(tag(9, 0), new Array(9).fill(0x80), [2])],
    ['a length beyond the body', concat(tag(1, 2), [5, 0])],
    ['a length of 2^32', concat(tag(1, 2), varint(2n ** 32n), [0])],
    ['a length of 2^64 - 1', concat(tag(1, 2), varint(-1), [0])],
    ['a length beyond the message around it', concat(message(1, concat(tag(2, 2), [3])), [0, 0, 0])],
    ['a number that reaches beyond its message', concat(message(1, tag(9, 0)), [1])],
    ['a 64-bit field that reaches beyond its span', concat(requestOf(tag(7, 1), [1, 2, 3, 4, 5, 6, 7]), [0])],
    ['a short text that reaches beyond its span', concat(requestOf(tag(5, 2), [4, 0x61]), Buffer.from('bcd'))],
    ['field number 0', number(0, 1)],
    ['a field number above 2^29', concat(varint(2n ** 32n), [1])],
    ['wire type 6', [...tag(9, 6), 1]],
    ['wire type 7', [...tag(1, 7), 1]],
    ['a group without end', concat(tag(9, 3), number(1, 1))],
    ['a group that ends under another number', concat(tag(9, 3), tag(8, 4))],
    ['the end of a group that was not begun', Uint8Array.from(tag(9, 4))],
    ['groups 101 deep', concat(...new Array(101).fill(tag(9, 3)), ...new Array(101).fill(tag(9, 4)))],
    ['a million groups that do not end', Buffer.alloc(1_000_000, Uint8Array.from(tag(9, 3)))],
    ['a short name that is not UTF-8', requestOf(message(5, [0xc3, 0x28]))],
    ['a half surrogate', requestOf(message(5, [0xed, 0xa0, 0x80]))],
    ['a key that is not UTF-8', requestOf(message(9, message(1, [0x61, 0xff])))],
    ['a value that is not UTF-8', requestOfValue(message(1, [0x80]))],
    ['a long value that ends inside a character', requestOfValue(message(1, Buffer.alloc(5000, 'x'), [0xe2, 0x82]))],
  ].map(([name, bytes]) => [name as string, Uint8Array.from(bytes as Uint8Array)]);
  for (const [name, bytes] of cases) {
    it(`is refused: ${name}`, () => {
      assert.throws(
        () => decodeTracesProtobuf(bytes),
        (error) =>
          error instanceof IntakeError && error.code === 'malformed' && error.message.startsWith('cannot decode the body: '),
      );
    });
  }
});
