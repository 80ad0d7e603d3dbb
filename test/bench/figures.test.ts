/** How figures of several rounds become text. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { median, spread } from '../../bench/figures.ts';

describe('the figures of the bench', () => {
  for (const { values, digits, text } of [
    { values: [5], digits: 0, text: '5' },
    { values: [3, 1, 2], digits: 0, text: '2 (1–3)' },
    { values: [12_345.678, 1_234_567.891, 999], digits: 0, text: '12,346 (999–1,234,568)' },
    { values: [1234.5678], digits: 2, text: '1,234.57' },
    { values: [0.123456], digits: 4, text: '0.1235' },
  ]) {
    it(`show ${values.join(', ')} as ${text}`, () => assert.equal(spread(values, digits), text));
  }

  it('take the mean of the middle two of an even number', () => assert.equal(median([4, 1, 3, 2]), 2.5));
});
