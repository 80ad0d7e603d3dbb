/** The text of a label is the same for values that mean the same, and never longer than a label may be. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { hash, labelText, textOfValue } from '../../../src/connectors/genai/label-text.ts';
import type { AnyValue } from '../../../src/data/batch.ts';

function sha(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

describe('label text', () => {
  const long = 'x'.repeat(129);
  const cases: readonly [string, string, string][] = [
    ['stays as it is', 'Amazon Bedrock', 'Amazon Bedrock'],
    ['is composed', 'u\u0308', 'ü'],
    ['has no control characters', 'a\nb\u0000\u0085c', 'abc'],
    ['is well formed', 'a\ud800b', 'a\ufffdb'],
    ['of 128 characters is whole', 'x'.repeat(128), 'x'.repeat(128)],
    ['of 128 characters beyond the basic plane is whole', '🚀'.repeat(128), '🚀'.repeat(128)],
    ['that is longer is cut and marked', long, `${'x'.repeat(119)}…${sha(long)}`],
    ['that is longer is cut between characters', '🚀'.repeat(200), `${'🚀'.repeat(119)}…${sha('🚀'.repeat(200))}`],
  ];
  for (const [name, raw, expected] of cases) it(name, () => assert.equal(labelText(raw), expected));

  it('keeps two long values apart that begin alike', () => assert.notEqual(labelText(`${long}a`), labelText(`${long}b`)));

  it('of anything is its own label text and at most 128 characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (raw) => {
        const text = labelText(raw);
        assert.ok([...text].length <= 128);
        assert.equal(labelText(text), text);
      }),
      { numRuns: 30 },
    );
  });
});

describe('text of a value', () => {
  const cases: readonly [AnyValue, string][] = [
    [{ stringValue: '1.0' }, '1.0'],
    [{ boolValue: false }, 'false'],
    [{ intValue: 1 }, '1'],
    [{ intValue: '9223372036854775807' }, '9223372036854775807'],
    [{ intValue: '+007' }, '7'],
    [{ intValue: 'x' }, 'x'],
    [{ doubleValue: 1 }, '1'],
    [{ doubleValue: -0 }, '0'],
    [{ doubleValue: 1.5 }, '1.5'],
    [{ doubleValue: 1e21 }, '1000000000000000000000'],
    [{ doubleValue: -1.25e22 }, '-12500000000000000000000'],
    [{ doubleValue: 1.5e-7 }, '0.00000015'],
    [{ doubleValue: -2e-10 }, '-0.0000000002'],
    [{ doubleValue: 'NaN' }, 'NaN'],
    [{ doubleValue: Number.POSITIVE_INFINITY }, 'Infinity'],
    [{ bytesValue: 'AQI=' }, 'AQI='],
    [{ arrayValue: {} }, '[]'],
    [{ arrayValue: { values: [{ intValue: '1' }, { stringValue: 'a' }, {}, { doubleValue: 0.5 }] } }, '[1,"a",null,0.5]'],
    [{ arrayValue: { values: [{ intValue: '9223372036854775807' }] } }, '["9223372036854775807"]'],
    [
      { kvlistValue: { values: [{ key: '__proto__', value: { boolValue: true } }, { key: 'b' }] } },
      '{"__proto__":true,"b":null}',
    ],
    [{}, ''],
  ];
  for (const [value, expected] of cases) {
    it(`${JSON.stringify(value)} is "${expected}"`, () => assert.equal(textOfValue(value), expected));
  }

  it('of a double reads back as that double and has no exponent', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = textOfValue({ doubleValue: value });
        assert.match(text, /^-?\d+(\.\d+)?$/);
        assert.equal(Number(text), value + 0);
      }),
    );
  });
});

it('a hash is the front of a SHA-256', () => {
  assert.equal(hash('abc', 12), 'ba7816bf8f01');
});
