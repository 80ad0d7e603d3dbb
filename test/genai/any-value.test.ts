/** What values of every type and spelling come to. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AnyValue } from '../../src/data/batch.ts';
import { decimalText } from '../../src/data/exact.ts';
import { amountOf, countOf, flagOf, memberOf, signedAmountOf } from '../../src/genai/any-value.ts';

function shown(amount: bigint | string): string {
  return typeof amount === 'bigint' ? decimalText(amount) : amount;
}

const AMOUNTS: readonly [AnyValue, string][] = [
  [{ doubleValue: 0.008625 }, '0.008625'],
  [{ doubleValue: 3e-5 }, '0.00003'],
  [{ doubleValue: 2.5e-7 }, '0.00000025'],
  [{ doubleValue: 0.1 + 0.2 }, '0.3'],
  [{ doubleValue: -0 }, '0'],
  [{ stringValue: '-0.0' }, '0'],
  [{ intValue: 0 }, '0'],
  [{ intValue: '12' }, '12'],
  [{ stringValue: '0.02' }, '0.02'],
  [{ stringValue: '1e-06' }, '0.000001'],
  [{ doubleValue: 5e-13 }, '0.000000000001'],
  [{ doubleValue: 4e-13 }, '0'],
  [{ intValue: '1000000000000' }, '1000000000000'],
  [{ stringValue: '1000000000000.1' }, 'out_of_range'],
  [{ stringValue: '1e999999999' }, 'out_of_range'],
  [{ stringValue: `0.${'1'.repeat(2000)}` }, 'out_of_range'],
  [{ doubleValue: -0.5 }, 'negative'],
  [{ doubleValue: Number.NaN }, 'not_finite'],
  [{ doubleValue: 'Infinity' }, 'not_finite'],
  [{ stringValue: 'free' }, 'not_a_number'],
  [{ stringValue: '' }, 'not_a_number'],
  [{ boolValue: true }, 'not_a_number'],
  [{}, 'not_a_number'],
  [{ arrayValue: { values: [{ intValue: 1 }] } }, 'not_a_number'],
];

const COUNTS: readonly [AnyValue, string][] = [
  [{ intValue: 7 }, '7'],
  [{ intValue: '7' }, '7'],
  [{ doubleValue: 2 }, '2'],
  [{ stringValue: '2.0' }, '2'],
  [{ intValue: '9007199254740991' }, '9007199254740991'],
  [{ intValue: '9007199254740992' }, 'out_of_range'],
  [{ doubleValue: 2.5 }, 'not_an_integer'],
  [{ intValue: -1 }, 'negative'],
  [{ stringValue: 'NaN' }, 'not_finite'],
  [{ boolValue: false }, 'not_a_number'],
];

const FLAGS: readonly [AnyValue, boolean | undefined][] = [
  [{ boolValue: false }, false],
  [{ stringValue: 'True' }, true],
  [{ stringValue: 'FALSE' }, false],
  [{ stringValue: 'yes' }, undefined],
  [{ intValue: 1 }, undefined],
  [{}, undefined],
];

describe('an attribute value', () => {
  for (const [value, expected] of AMOUNTS) {
    it(`${JSON.stringify(value).slice(0, 60)} is the amount ${expected}`, () => assert.equal(shown(amountOf(value)), expected));
  }
  for (const [value, expected] of COUNTS) {
    it(`${JSON.stringify(value)} is the count ${expected}`, () => assert.equal(shown(countOf(value)), expected));
  }
  for (const [value, expected] of FLAGS) {
    it(`${JSON.stringify(value)} is the claim ${expected}`, () => assert.equal(flagOf(value), expected));
  }

  it('may be below zero where that means something', () => {
    assert.equal(shown(signedAmountOf({ doubleValue: -0.0001 })), '-0.0001');
    assert.equal(signedAmountOf({ doubleValue: -1e13 }), 'out_of_range');
  });
});

describe('a member', () => {
  const MEMBERS: readonly [string, AnyValue, readonly string[], AnyValue | undefined][] = [
    ['of JSON text', { stringValue: '{"a":{"b":2}}' }, ['a', 'b'], { doubleValue: 2 }],
    ['of a map', { kvlistValue: { values: [{ key: 'a', value: { intValue: 2 } }] } }, ['a'], { intValue: 2 }],
    [
      'of JSON text in a map',
      { kvlistValue: { values: [{ key: 'a', value: { stringValue: '{"b":"x"}' } }] } },
      ['a', 'b'],
      { stringValue: 'x' },
    ],
    ['that is a bool', { stringValue: '{"a":true}' }, ['a'], { boolValue: true }],
    ['that is null is there and empty', { stringValue: '{"a":null}' }, ['a'], {}],
    ['that is missing', { stringValue: '{"a":1}' }, ['b'], undefined],
    ['that only the prototype has', { stringValue: '{"a":1}' }, ['constructor'], undefined],
    ['of text that is no JSON', { stringValue: '{oops' }, ['a'], undefined],
    ['of a number', { intValue: 5 }, ['a'], undefined],
    ['at no path is the JSON itself', { stringValue: '"gpt"' }, [], { stringValue: 'gpt' }],
    ['at no path is the text if it is no JSON', { stringValue: 'gpt' }, [], { stringValue: 'gpt' }],
    ['at no path is any other value', { boolValue: true }, [], { boolValue: true }],
  ];
  for (const [name, value, path, expected] of MEMBERS) it(name, () => assert.deepEqual(memberOf(value, path), expected));
});
