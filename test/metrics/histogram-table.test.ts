import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { exactOfText, ONE, scale } from '../../src/data/exact.ts';
import { HistogramTable } from '../../src/metrics/histogram-table.ts';
import {
  budgetOf,
  contentOf,
  durationBounds,
  durationDefinition,
  exemplar,
  limits,
  observations,
} from '../helpers/metric-samples.ts';

function histogram(budget = budgetOf()): HistogramTable {
  return new HistogramTable(durationDefinition, durationBounds, budget);
}

function pointsOf({ family }: HistogramTable) {
  return family.kind === 'histogram' ? [...family.points()] : [];
}

function amount(text: string): bigint {
  const units = exactOfText(text);
  assert.equal(typeof units, 'bigint');
  return BigInt(units);
}

describe('histogram', () => {
  for (const [value, bucket] of [
    ['0', 0],
    ['0.159999999999', 0],
    ['0.16', 0],
    ['0.160000000001', 1],
    ['0.32', 1],
    ['1', 2],
    ['1.000000000001', 3],
    ['100000', 3],
  ] as const) {
    it(`puts ${value} s into bucket ${bucket}: a bound belongs to the bucket that it closes`, () => {
      const table = histogram();
      table.observe(['m'], amount(value), ONE, 0);
      const [point] = pointsOf(table);
      assert.equal(point?.counts.indexOf(ONE), bucket);
      assert.equal(point?.sum, amount(value));
    });
  }

  it('counts an observation that stands for two and a half of them as such, with its own value in the exemplar', () => {
    const table = histogram();
    table.observe(['m'], amount('0.2'), amount('2.5'), 0, exemplar(7, amount('0.2')));
    const [point] = pointsOf(table);
    assert.deepEqual(point?.counts, [0n, amount('2.5'), 0n, 0n]);
    assert.equal(point?.sum, amount('0.5'));
    assert.deepEqual(point?.exemplars, [undefined, exemplar(7, amount('0.2')), undefined, undefined]);
  });

  it('keeps one exemplar per bucket, of the newest span', () => {
    const table = histogram();
    for (const [value, timeMs] of [
      ['0.1', 5],
      ['0.1', 4],
      ['9', 1],
    ] as const) {
      table.observe(['m'], amount(value), ONE, 0, exemplar(timeMs, amount(value)));
    }
    assert.deepEqual(
      pointsOf(table)[0]?.exemplars.map((held) => held?.timeMs),
      [5, undefined, undefined, 1],
    );
  });

  it('refuses a negative value and stays as it was', () => {
    const table = histogram();
    assert.throws(() => table.observe(['m'], -1n, ONE, 0), /the value is negative/);
    assert.deepEqual(pointsOf(table), []);
  });

  it('has one bucket where it has no bounds', () => {
    const table = new HistogramTable(durationDefinition, [], budgetOf());
    table.observe(['m'], ONE, ONE, 0);
    assert.deepEqual(pointsOf(table)[0]?.counts, [ONE]);
  });

  it('sums over all series to the sum of all observations, whatever the caps and the order', () => {
    fc.assert(
      fc.property(
        observations(1).chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        limits,
        ([all, shuffled], caps) => {
          const counts = all.reduce((sum, { weight }) => sum + weight, 0n);
          const sums = all.reduce((sum, { value, weight }) => sum + scale(value, weight), 0n);
          for (const order of [all, shuffled]) {
            const table = histogram(budgetOf(caps));
            for (const { values, value, weight, timeMs } of order) table.observe(values, value, weight, timeMs);
            const points = pointsOf(table);
            assert.equal(
              points.flatMap((point) => point.counts).reduce((sum, count) => sum + count, 0n),
              counts,
            );
            assert.equal(
              points.reduce((sum, point) => sum + point.sum, 0n),
              sums,
            );
          }
        },
      ),
    );
  });

  it('continues after load() at any cut as if it had never been interrupted', () => {
    fc.assert(
      fc.property(observations(1), limits, fc.nat(60), (all, caps, cut) => {
        const [whole, head, resumed] = [histogram(budgetOf(caps)), histogram(budgetOf(caps)), histogram(budgetOf(caps))];
        const feed = (table: HistogramTable, part: typeof all) => {
          for (const { values, value, weight, timeMs, exemplar } of part) table.observe(values, value, weight, timeMs, exemplar);
        };
        feed(whole, all);
        feed(head, all.slice(0, cut));
        resumed.load(head.save());
        assert.deepEqual(resumed.save(), head.save());
        feed(resumed, all.slice(cut));
        assert.deepEqual(resumed.save(), whole.save());
        assert.deepEqual(contentOf(resumed.family), contentOf(whole.family));
      }),
    );
  });
});
