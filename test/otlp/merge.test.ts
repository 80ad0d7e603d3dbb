import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Encoded } from '../../src/data/batch.ts';
import { decodeTracesJson } from '../../src/otlp/json.ts';
import { joinEncoded } from '../../src/otlp/merge.ts';
import { jsonOf, protobufOf } from '../helpers/protobuf.ts';
import { SAMPLES, sample } from '../helpers/samples.ts';

function encodedOf(body: string | Uint8Array): Encoded {
  const { encoded } = decodeTracesJson(Buffer.from(body)).batch;
  assert.ok(encoded);
  return encoded;
}

const textOf = ({ bytes }: Encoded) => Buffer.from(bytes).toString();
const resourcesOf = (encoded: Encoded) => decodeTracesJson(encoded.bytes).batch.resources;

/** An entry as text, with the liberties that JSON leaves: white space, order, unknown fields, escapes, duplicate keys. */
const entry = fc
  .tuple(
    fc.json(),
    fc.constantFrom('', ' ', '\n\t'),
    fc.string(),
    fc.constantFrom('"a":[1],"a":[]', '"resourceSpans":[]', '"x":"]}"'),
  )
  .map(([unknown, space, text, odd]) => {
    const name = JSON.stringify(text).replaceAll('r', '\\u0072');
    return `{${space}"schemaUrl" :${name},"unknown":${unknown}${space},${odd}}`;
  });
const space = fc.constantFrom('', '', ' ', '\n', '\r\n\t ');
const body = fc
  .tuple(fc.array(entry, { minLength: 1, maxLength: 4 }), fc.tuple(space, space, space, space, space, space))
  .map(([entries, [a, b, c, d, e, f]]) => `${a}{${b}"resourceSpans"${c}:${d}[${entries.join(',')}]${e}}${f}`);

describe('joinEncoded', () => {
  it('keeps every entry, byte for byte and in order', () => {
    fc.assert(
      fc.property(fc.array(body, { minLength: 1, maxLength: 5 }), (bodies) => {
        const encoded = bodies.map(encodedOf).filter(({ mergeable }) => mergeable);
        fc.pre(encoded.length > 0);
        const joined = joinEncoded(encoded);
        const inner = encoded.map((one) => /^\s*\{\s*"resourceSpans"\s*:\s*\[([\s\S]*)\]\s*\}\s*$/.exec(textOf(one))![1]);
        assert.equal(textOf(joined), encoded.length === 1 ? textOf(encoded[0]!) : `{"resourceSpans":[${inner.join(',')}]}`);
        assert.deepEqual(resourcesOf(joined), encoded.flatMap(resourcesOf));
        assert.equal(joined.mergeable, true);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('joins all samples that hold a span into one request with all of their spans', () => {
    const encoded = SAMPLES.map(({ body: bytes }) => encodedOf(bytes.toString().trimEnd())).filter(
      (one) => resourcesOf(one).length > 0,
    );
    assert.equal(encoded.length, 18);
    assert.ok(encoded.every(({ mergeable }) => mergeable));
    assert.deepEqual(resourcesOf(joinEncoded(encoded)), encoded.flatMap(resourcesOf));
    assert.deepEqual(resourcesOf(encodedOf(joinEncoded(encoded).bytes)), encoded.flatMap(resourcesOf));
  });

  it('puts one protobuf body after the other, which is one message', () => {
    const bodies = SAMPLES.map(({ body: json }): Encoded => ({ encoding: 'protobuf', bytes: protobufOf(json), mergeable: true }));
    const joined = joinEncoded(bodies);
    assert.deepEqual(joined.bytes, Buffer.concat(bodies.map(({ bytes }) => bytes)));
    const entries = SAMPLES.flatMap(({ body: json }) => JSON.parse(json.toString()).resourceSpans ?? []);
    assert.equal(jsonOf(joined.bytes), jsonOf(protobufOf(JSON.stringify({ resourceSpans: entries }))));
  });

  it('returns a single body as it is', () => {
    const encoded = { ...encodedOf(sample('S01')), mergeable: false };
    assert.equal(joinEncoded([encoded]), encoded);
  });

  it('refuses what has to be sent alone', () => {
    const encoded = encodedOf(sample('S01'));
    assert.throws(() => joinEncoded([encoded, { ...encoded, mergeable: false }]), /cannot join/);
    assert.throws(() => joinEncoded([encoded, { ...encoded, encoding: 'protobuf' }]), /cannot join/);
  });
});

describe('mergeable', () => {
  for (const [text, mergeable, why] of [
    ['{"resourceSpans":[{}]}', true, 'the plain form'],
    ['{"resourceSpans":[{"a":"\\"resourceSpans\\""}]}', true, 'the name in a text'],
    ['{"resourceSpans":[]}', false, 'nothing between the commas'],
    ['{}', false, 'no key'],
    ['{"resourceSpans" :[{}]}', true, 'a space before the colon'],
    ['{"resourceSpans":[{}]}\n', true, 'a line end'],
    ['\r\n\t {\n  "resourceSpans": [\n    {}\n  ]\n}\n', true, 'written for people'],
    ['{"resourceSpans":[{"a":"]}"}] }', true, 'the end in a text'],
    ['{"resourceSpans":[ ]}', false, 'nothing but a space between the brackets'],
    ['{"resource\\u0053pans":[{}]}', false, 'an escaped letter'],
    ['{"resourceSpans":[{}],"x":[]}', false, 'another key'],
    ['{"x":[],"resourceSpans":[{}]}', false, 'another key in front'],
    ['{"resourceSpans":[{}],"resourceSpans":[{"a":1}]}', false, 'the key twice'],
    ['{"resourceSpans":[{}] , \n"resource\\u0053pans":[{"a":1}]}', false, 'the key twice, escaped'],
    [
      '{"resourceSpans":[{}],"\\u0072\\u0065\\u0073\\u006F\\u0075\\u0072\\u0063\\u0065\\u0053\\u0070\\u0061\\u006E\\u0073":[{}]}',
      false,
      'all of it escaped',
    ],
    ['{"resourceSpans":[{}],"resourceSpans":7,"resourceSpans":[{}]}', false, 'the key three times'],
  ] as const) {
    it(`is ${mergeable}: ${why}`, () => assert.equal(encodedOf(text).mergeable, mergeable));
  }

  it('is false whatever the spelling of a second key', () => {
    const spelling = fc
      .tuple(...[...'resourceSpans'].map((letter) => fc.tuple(fc.constant(letter), fc.constantFrom('plain', 'lower', 'upper'))))
      .map((letters) =>
        letters
          .map(([letter, how]) => {
            const hex = letter.charCodeAt(0).toString(16).padStart(4, '0');
            return how === 'plain' ? letter : `\\u${how === 'upper' ? hex.toUpperCase() : hex}`;
          })
          .join(''),
      );
    fc.assert(
      fc.property(spelling, fc.constantFrom('', ' ', '\r\n\t '), (key, space) => {
        const text = `{"resourceSpans":[{"a":1}]${space},${space}"${key}"${space}:[{"b":2}]}`;
        assert.deepEqual(Object.keys(JSON.parse(text)), ['resourceSpans']);
        assert.equal(encodedOf(text).mergeable, false);
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});
