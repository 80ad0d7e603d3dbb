/** How figures of several rounds become cells of a table. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { median, spread, tableOf } from '../../bench/table.ts';

describe('the table of the bench', () => {
  for (const { values, digits, text } of [
    { values: [5], digits: 0, text: '5' },
    { values: [3, 1, 2], digits: 0, text: '2 (1–3)' },
    { values: [12_345.678, 1_234_567.891, 999], digits: 0, text: '12,346 (999–1,234,568)' },
    { values: [1234.5678], digits: 2, text: '1,234.57' },
    { values: [0.123456], digits: 4, text: '0.1235' },
  ]) {
    it(`shows ${values.join(', ')} as ${text}`, () => assert.equal(spread(values, digits), text));
  }

  it('takes the mean of the middle two of an even number', () => assert.equal(median([4, 1, 3, 2]), 2.5));

  it('makes ratios within a round, where both programs met the same machine', () => {
    const measured = (perSecond: number, cpuMicros: number) => ({ requests: 1, perSecond, cpuMicros, busy: 1 });
    const rounds = [
      { daemon: measured(100, 20), twin: measured(200, 10) },
      { daemon: measured(10, 300), twin: measured(40, 100) },
    ];
    const highestMebibytes = { daemon: 90, twin: 60 };
    const [, , , , ratio] = tableOf([{ size: '2 KB', requests: 2, rounds, highestMebibytes }]).split('\n');
    assert.equal(ratio, '| 2 KB | ratio | 0.38 (0.25–0.50) | 2.50 (2.00–3.00) | | |');
  });
});
