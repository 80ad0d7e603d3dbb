import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { IntakeError } from '../../src/component/errors.ts';
import type { Batch } from '../../src/data/batch.ts';
import { filterSpans, spanCount, spansOf } from '../../src/data/spans.ts';
import { decodeTracesJson, encodeTracesJson } from '../../src/otlp/json.ts';
import { deepFreeze } from '../helpers/deep-freeze.ts';
import { SAMPLES, sample } from '../helpers/samples.ts';

const decodeText = (text: string) => decodeTracesJson(Buffer.from(text));
const spanText = (fields: string) => `{"resourceSpans":[{"scopeSpans":[{"spans":[{${fields}}]}]}]}`;
const valueText = (value: string) => spanText(`"attributes":[{"key":"k","value":${value}}]`);

function firstSpan(batch: Batch<'traces'>) {
  const [found] = spansOf(batch);
  assert.ok(found);
  return found.span;
}

const decodeSpan = (fields: string) => firstSpan(decodeText(spanText(fields)).batch);
const decodeValue = (value: string) => decodeSpan(`"attributes":[{"key":"k","value":${value}}]`).attributes?.[0]?.value;

function assertMalformed(body: Uint8Array, quoted?: string): void {
  assert.throws(
    () => decodeTracesJson(body),
    (error) => {
      assert.ok(error instanceof IntakeError, String(error));
      assert.equal(error.code, 'malformed');
      assert.match(error.message, /^cannot decode the body: /);
      assert.equal(error.cause, undefined);
      if (quoted !== undefined) assert.doesNotMatch(error.message, new RegExp(quoted));
      return true;
    },
  );
}

describe('decodeTracesJson', () => {
  for (const { name, body } of SAMPLES) {
    it(`shows sample ${name} as it was parsed, and keeps its bytes`, () => {
      const { batch, receipt, faults } = decodeTracesJson(body);
      assert.deepEqual(batch.resources, JSON.parse(body.toString()).resourceSpans);
      assert.deepEqual(receipt, { rejected: 0, reason: '' });
      assert.equal(faults.size, 0);
      assert.equal(batch.encoded?.bytes, body);
      assert.equal(encodeTracesJson(batch), batch.encoded);
    });
  }

  for (const text of ['{}', '{"resourceSpans":[]}', '{"resourceSpans":null}', '{"resourceSpans":[{}]}', ' {"other":[1]} \n']) {
    it(`finds no span in ${JSON.stringify(text)}`, () => {
      const { batch, receipt, faults } = decodeText(text);
      assert.equal(spanCount(batch), 0);
      assert.equal(receipt.rejected + faults.size, 0);
    });
  }

  for (const [name, body] of [
    ['null', 'null'],
    ['a list', '[]'],
    ['text', '"secret"'],
    ['a number', '1'],
    ['a NaN literal', '{"resourceSpans":NaN}'],
    ['a comment', '{/* secret */}'],
    ['a trailing comma', '{"resourceSpans":[],}'],
    ['text after the end', '{} secret'],
    ['UTF-16', Buffer.from('{}', 'utf16le')],
    ['text that is not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
  ] as const) {
    it(`refuses ${name} without quoting it`, () => assertMalformed(Buffer.from(body as string), 'secret'));
  }

  it('refuses a request that is cut at any byte', () => {
    const body = sample('S10a');
    for (let length = 0; length < body.lastIndexOf('}'); length += 1) assertMalformed(body.subarray(0, length));
  });

  it('lets only an IntakeError out, whatever the bytes', () => {
    const golden = sample('S14');
    const flipped = fc.tuple(fc.nat(golden.length - 1), fc.nat(255)).map(([at, byte]) => {
      const bytes = Uint8Array.from(golden);
      bytes[at] = byte;
      return bytes;
    });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((json) => Buffer.from(json)),
          flipped,
        ),
        (body) => {
          try {
            const { batch } = decodeTracesJson(body);
            assert.ok(spanCount(batch) >= 0);
          } catch (error) {
            assert.ok(error instanceof IntakeError, String(error));
          }
        },
      ),
      { seed: 1, numRuns: 500 },
    );
  });

  it('cuts a byte order mark from the bytes that it keeps', () => {
    const { batch } = decodeTracesJson(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), sample('S01')]));
    assert.deepEqual(Buffer.from(batch.encoded?.bytes ?? []), sample('S01'));
  });

  it('lets unknown fields be, of any type and depth and on every level', () => {
    const odd = '"x":{"y":[null,{"z":true}]},"dropped_attributes_count":3,"__proto__":{"name":"evil"},"constructor":1';
    const text = `{"resourceSpans":[{${odd},"resource":{${odd}},"scopeSpans":[{${odd},"scope":{${odd}},"spans":[{${odd},"attributes":[{${odd},"key":"k","value":{${odd}}}]}]}]}],${odd}}`;
    const { batch, receipt, faults } = decodeText(text);
    assert.equal(receipt.rejected + faults.size, 0);
    assert.deepEqual(batch.resources, JSON.parse(text).resourceSpans);
    assert.equal(firstSpan(batch).name, undefined);
    assert.equal(JSON.stringify(batch.resources), JSON.stringify(JSON.parse(text).resourceSpans));
  });

  it('takes the last of two equal keys', () => assert.equal(decodeSpan('"name":"a","name":"b"').name, 'b'));

  it('takes null for an absent field, without a fault', () => {
    const { batch, faults } = decodeText(spanText('"name":null,"kind":null,"attributes":null,"events":null,"status":null'));
    assert.deepEqual(firstSpan(batch), {});
    assert.equal(faults.size, 0);
  });

  it('keeps ids as they came, however odd', () => {
    for (const id of ['', '0', 'ABCDEF', 'not hex', 'W47/95gDgQPSabYzgT/GDA=='])
      assert.equal(decodeSpan(`"traceId":"${id}"`).traceId, id);
  });
});

describe('what decodeTracesJson cannot read', () => {
  for (const [name, text, rejected, spans] of [
    ['a span', '{"resourceSpans":[{"scopeSpans":[{"spans":[{},1,null,{}]}]}]}', 2, 2],
    ['a scope entry', '{"resourceSpans":[{"scopeSpans":["x",{"spans":[{}]}]}]}', 1, 1],
    ['a resource entry', '{"resourceSpans":[[],{"scopeSpans":[{"spans":[{}]}]}]}', 1, 1],
    ['a list of spans', '{"resourceSpans":[{"scopeSpans":[{"spans":{}},{"spans":[{}]}]}]}', 1, 1],
    ['a list of scope entries', '{"resourceSpans":[{"scopeSpans":true},{"scopeSpans":[{"spans":[{}]}]}]}', 1, 1],
    ['the list of resource entries', '{"resourceSpans":"x"}', 1, 0],
  ] as const) {
    it(`is refused and counted: ${name}`, () => {
      const { batch, receipt } = decodeText(text);
      assert.equal(receipt.rejected, rejected);
      assert.match(receipt.reason, /^cannot read /);
      assert.equal(spanCount(batch), spans);
      assert.equal(batch.encoded, undefined, 'bytes with refused parts are not forwarded');
    });
  }

  it('leaves its neighbours as they are', () => {
    const whole = JSON.parse(sample('S02').toString());
    whole.resourceSpans.splice(1, 0, null);
    const { batch } = decodeText(JSON.stringify(whole));
    assert.deepEqual(batch.resources, JSON.parse(sample('S02').toString()).resourceSpans);
    assert.deepEqual(JSON.parse(Buffer.from(encodeTracesJson(batch).bytes).toString()), JSON.parse(sample('S02').toString()));
  });
});

describe('numbers', () => {
  for (const [value, field, expected] of [
    ['{"intValue":5}', 'intValue', 5],
    ['{"intValue":"-5"}', 'intValue', '-5'],
    ['{"intValue":9007199254740993}', 'intValue', '9007199254740993'],
    ['{"intValue":-9223372036854775808}', 'intValue', '-9223372036854775808'],
    ['{"intValue":9223372036854775807}', 'intValue', '9223372036854775807'],
    ['{"intValue":9223372036854775808}', 'intValue', undefined],
    ['{"intValue":"9223372036854775808"}', 'intValue', undefined],
    ['{"intValue":1e30}', 'intValue', undefined],
    ['{"intValue":"1e3"}', 'intValue', undefined],
    ['{"intValue":"1.0"}', 'intValue', undefined],
    ['{"intValue":"+1"}', 'intValue', undefined],
    ['{"intValue":" 1"}', 'intValue', undefined],
    ['{"intValue":1.5}', 'intValue', undefined],
    ['{"doubleValue":1e20}', 'doubleValue', 1e20],
    ['{"doubleValue":"1e-06"}', 'doubleValue', '1e-06'],
    ['{"doubleValue":"NaN"}', 'doubleValue', 'NaN'],
    ['{"doubleValue":"-Infinity"}', 'doubleValue', '-Infinity'],
    ['{"doubleValue":1e400}', 'doubleValue', 'Infinity'],
    ['{"doubleValue":"twelve"}', 'doubleValue', undefined],
    ['{"bytesValue":"-_+/"}', 'bytesValue', '-_+/'],
    ['{"bytesValue":"*"}', 'bytesValue', undefined],
  ] as const) {
    it(`reads ${value} as ${expected}`, () => {
      const { batch, faults } = decodeText(valueText(value));
      const [attribute] = firstSpan(batch).attributes ?? [];
      assert.deepEqual(attribute?.value, expected === undefined ? {} : { [field]: expected });
      assert.deepEqual([...faults], expected === undefined ? [[`value.${field}`, 1]] : []);
      assert.ok(batch.encoded, 'the bytes go on as they came');
    });
  }

  it('keeps every digit of a bare time', () => {
    const bare = '"startTimeUnixNano":1790700000000000001,"endTimeUnixNano":18446744073709551615';
    const span = decodeSpan(bare);
    assert.equal(span.startTimeUnixNano, '1790700000000000001');
    assert.equal(span.endTimeUnixNano, '18446744073709551615');
  });

  for (const time of [
    '-1',
    '1.5',
    '""',
    '"-1"',
    '"1e3"',
    '18446744073709551616',
    '"99999999999999999999"',
    '"123456789012345678901"',
  ]) {
    it(`takes no time from ${time}`, () => assert.deepEqual(decodeSpan(`"startTimeUnixNano":${time}`), {}));
  }

  it('keeps big integers when it encodes what has changed', () => {
    const { batch } = decodeText('{"resourceSpans":[1,{"scopeSpans":[{"spans":[{"startTimeUnixNano":1790700000000000001}]}]}]}');
    assert.match(Buffer.from(encodeTracesJson(batch).bytes).toString(), /"startTimeUnixNano":"1790700000000000001"/);
  });
});

describe('attribute values', () => {
  it('count as the first of several fields, in the order of the schema', () => {
    assert.deepEqual(decodeValue('{"doubleValue":2,"intValue":1,"boolValue":true}'), { boolValue: true });
    assert.deepEqual(decodeValue('{"stringValue":null,"intValue":1,"bytesValue":""}'), { intValue: 1 });
    assert.deepEqual(decodeValue('{"stringValue":7,"doubleValue":1}'), { doubleValue: 1 });
  });

  it('may be empty, and so may be a key', () => {
    const span = decodeSpan('"attributes":[{"key":"a"},{"key":"b","value":{}},{"value":{"intValue":1}}]');
    assert.deepEqual(span.attributes, [{ key: 'a' }, { key: 'b', value: {} }, { key: '', value: { intValue: 1 } }]);
  });

  const nested = (depth: number) => `${'{"arrayValue":{"values":['.repeat(depth)}{"intValue":1}${']}}'.repeat(depth)}`;

  it('nest 60 deep', () => {
    const { batch, faults } = decodeText(valueText(nested(60)));
    assert.equal(faults.size, 0);
    assert.equal(JSON.stringify(firstSpan(batch).attributes?.[0]?.value), nested(60));
  });

  it('end where they nest too deeply, without a stack to overflow', () => {
    const { batch, faults } = decodeText(valueText(nested(100_000)));
    assert.deepEqual([...faults], [['value.arrayValue', 1]]);
    assert.equal(JSON.stringify(firstSpan(batch)).split('arrayValue').length - 1, 63);
    assert.ok(batch.encoded);
  });

  it('may be lists and maps with odd parts in them', () => {
    assert.deepEqual(decodeValue('{"kvlistValue":{"values":[{"key":"a","value":{"intValue":"x"}},5]}}'), {
      kvlistValue: { values: [{ key: 'a', value: {} }] },
    });
    assert.deepEqual(decodeValue('{"arrayValue":{"values":7}}'), { arrayValue: {} });
  });

  it('survive a million of them', () => {
    const attributes = '{"key":"k","value":{"stringValue":""}},'.repeat(1e6).slice(0, -1);
    assert.equal(decodeSpan(`"attributes":[${attributes}]`).attributes?.length, 1e6);
  });
});

describe('endless nesting', () => {
  const pitOf = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  const pit = pitOf(1e6);

  it('is refused as a body', () => assertMalformed(Buffer.from(pitOf(5e6))));

  it('is let be in an unknown field, and cut there when the batch is encoded anew', () => {
    const { batch, receipt } = decodeText(`{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"s","x":${pit}},1]}]}]}`);
    assert.equal(receipt.rejected, 1);
    assert.equal(firstSpan(batch).name, 's');
    const { bytes } = encodeTracesJson(batch);
    assert.ok(bytes.length < 10_000);
    assert.equal(firstSpan(decodeTracesJson(bytes).batch).name, 's');
  });

  it('is refused beside an integer that has to be read anew', () => {
    assertMalformed(Buffer.from(spanText(`"startTimeUnixNano":1790700000000000001,"x":${pit}`)));
  });
});

describe('encodeTracesJson', () => {
  it('gives back the same spans after some were taken out of a frozen batch', () => {
    const { batch } = decodeTracesJson(sample('S02'));
    const rest = filterSpans(deepFreeze(batch), (span) => span.name !== 'generation');
    assert.ok(rest);
    const { encoding, bytes, mergeable } = encodeTracesJson(rest);
    assert.equal(encoding, 'json');
    assert.equal(mergeable, true);
    assert.deepEqual(decodeTracesJson(bytes).batch.resources, rest.resources);
  });
});
