/** Amounts are exact from the text on the wire to the text on the page. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { AnyValue } from '../../src/data/batch.ts';
import { decimalText, divideHalfUp, exact, exactOfNumber, exactOfText, ONE, scale } from '../../src/data/exact.ts';

describe('reading an amount', () => {
  const cases: readonly [AnyValue, bigint | string][] = [
    [{ doubleValue: 0.00019 }, 190_000_000n],
    [{ doubleValue: 3e-5 }, 30_000_000n],
    [{ doubleValue: 0.1 + 0.2 }, 300_000_000_000n],
    [{ doubleValue: 2.5e-7 }, 250_000n],
    [{ doubleValue: 1e21 }, 10n ** 33n],
    [{ doubleValue: -0 }, 0n],
    [{ doubleValue: '0.5' }, 500_000_000_000n],
    [{ intValue: 0 }, 0n],
    [{ intValue: 7 }, 7n * ONE],
    [{ intValue: '9007199254740993' }, 9_007_199_254_740_993n * ONE],
    [{ stringValue: '0.02' }, 20_000_000_000n],
    [{ stringValue: '1e-06' }, 1_000_000n],
    [{ stringValue: '+1.5E2' }, 150n * ONE],
    [{ stringValue: '1e-12' }, 1n],
    [{ stringValue: '5e-13' }, 1n],
    [{ stringValue: '4.9e-13' }, 0n],
    [{ stringValue: '-5e-13' }, -1n],
    [{ stringValue: '1e-400' }, 0n],
    [{ doubleValue: Number.NaN }, 'not_finite'],
    [{ doubleValue: Number.POSITIVE_INFINITY }, 'not_finite'],
    [{ stringValue: 'NaN' }, 'not_finite'],
    [{ doubleValue: '-Infinity' }, 'not_finite'],
    [{ stringValue: '1e999999999' }, 'out_of_range'],
    [{ stringValue: '1e-999999999' }, 'out_of_range'],
    [{ stringValue: '' }, 'not_a_number'],
    [{ stringValue: ' 1' }, 'not_a_number'],
    [{ stringValue: '0x10' }, 'not_a_number'],
    [{ stringValue: '1_000' }, 'not_a_number'],
    [{ stringValue: 'n/a' }, 'not_a_number'],
    [{ boolValue: true }, 'not_a_number'],
    [{}, 'not_a_number'],
  ];
  for (const [value, expected] of cases) {
    it(`takes ${JSON.stringify(value)} as ${expected}`, () => assert.equal(exact(value), expected));
  }

  it('takes a double as its shortest text, whatever the way', () => {
    const amount = fc.oneof(
      fc.double(),
      fc.double({ min: -1e4, max: 1e4 }),
      fc.double({ min: 0, max: 1e-9 }),
      fc.nat().map((units) => units / 1e12),
      fc.maxSafeInteger().map((units) => units / 1e12),
      fc.maxSafeInteger().map((units) => units / 1e15),
    );
    fc.assert(
      fc.property(amount, (value) => assert.equal(exactOfNumber(value), exactOfText(value.toExponential()))),
      { numRuns: 2_000 },
    );
  });

  it('takes a decimal text to its last digit, whatever the way', () => {
    const digits = (most: number) => fc.stringMatching(new RegExp(`^[0-9]{1,${most}}$`));
    const text = fc.oneof(
      digits(20),
      fc.tuple(digits(15), digits(20)).map((parts) => parts.join('.')),
    );
    fc.assert(
      fc.property(text, (written) => assert.equal(exactOfText(written), exactOfText(`${written}e0`))),
      { numRuns: 2_000 },
    );
  });

  it('adds a million times 0.1 to exactly 100000', () => {
    const tenth = exactOfNumber(0.1);
    assert.equal(typeof tenth, 'bigint');
    let sum = 0n;
    for (let index = 0; index < 1_000_000; index += 1) sum += tenth as bigint;
    assert.equal(decimalText(sum), '100000');
  });
});

describe('writing an amount', () => {
  const cases: readonly [bigint, string][] = [
    [0n, '0'],
    [1n, '0.000000000001'],
    [14_871_000_000n, '0.014871'],
    [7n * ONE, '7'],
    [-1_500_000_000_000n, '-1.5'],
    [123_456_789_012_123_456_789_012n, '123456789012.123456789012'],
  ];
  for (const [units, text] of cases) it(`writes ${units} as ${text}`, () => assert.equal(decimalText(units), text));

  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), (units) => exactOfText(decimalText(units)) === units),
    );
  });
});

describe('scaling', () => {
  it('multiplies exactly and rounds half away from zero', () => {
    assert.equal(scale(3n, ONE), 3n);
    assert.equal(scale(3n, ONE / 2n), 2n);
    assert.equal(scale(-3n, ONE / 2n), -2n);
    assert.equal(divideHalfUp(10n, 4n), 3n);
    assert.equal(divideHalfUp(9n, 4n), 2n);
  });
});
