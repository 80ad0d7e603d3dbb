import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ONE } from '../../src/data/exact.ts';
import type { ScalarPoint } from '../../src/data/metric.ts';
import { ScalarTable } from '../../src/metrics/scalar-table.ts';
import { budgetOf, contentOf, costDefinition, exemplar, limits, observations } from '../helpers/metric-samples.ts';

function counter(budget = budgetOf()): ScalarTable {
  return new ScalarTable(costDefinition, 'counter', budget);
}

function iterate({ family }: ScalarTable): Iterable<ScalarPoint> {
  return family.kind === 'histogram' ? [] : family.points();
}

function pointsOf(table: ScalarTable): readonly ScalarPoint[] {
  return [...iterate(table)];
}

describe('counter', () => {
  it('adds exactly, a million times a tenth of a cent', () => {
    const table = counter();
    for (let i = 0; i < 1_000_000; i += 1) table.add(['m', 'k', 'input'], 1_000_000_000n, 5);
    assert.equal(pointsOf(table)[0]?.value, 1_000n * ONE);
  });

  it('is born with the time of its first record and keeps its point object', () => {
    const table = counter();
    table.add(['m', 'k', undefined], 1n, 1_000);
    const [before] = pointsOf(table);
    table.add(['m', 'k', undefined], 2n, 9_000);
    const [after, ...others] = pointsOf(table);
    assert.equal(after, before);
    assert.deepEqual([after?.bornMs, after?.value, others], [1_000, 3n, []]);
    assert.deepEqual(after?.labels, [
      ['model', 'm'],
      ['api_key', 'k'],
    ]);
  });

  it('keeps the exemplar of the newest span, not of the newest arrival', () => {
    const table = counter();
    for (const timeMs of [20, 30, 10, 30]) table.add(['m', 'k', undefined], 1n, 0, exemplar(timeMs, BigInt(timeMs)));
    table.add(['m', 'k', undefined], 1n, 0);
    assert.deepEqual(pointsOf(table)[0]?.exemplar, exemplar(30, 30n));
  });

  it('refuses a negative amount and stays as it was', () => {
    const table = counter();
    assert.throws(() => table.add(['m', 'k', undefined], -1n, 0), /cannot add to "openrouter_cost_usd": the amount is negative/);
    assert.deepEqual(pointsOf(table), []);
  });

  for (const [name, one, other] of [
    ['an empty and an absent label', ['m', '', 'input'], ['m', undefined, 'input']],
    ['two broken surrogates', ['a\ud800', 'k', undefined], ['a\udc00', 'k', undefined]],
    ['a list that ends early and one with absent labels', ['m'], ['m', undefined, undefined]],
  ] as const) {
    it(`takes ${name} for one series`, () => {
      const table = counter();
      table.add(one, 1n, 0);
      table.add(other, 2n, 0);
      assert.deepEqual(
        pointsOf(table).map(({ value }) => value),
        [3n],
      );
    });
  }

  it('tells label sets apart whose joined texts are alike', () => {
    const table = counter();
    table.add(['a","b', 'c', undefined], 1n, 0);
    table.add(['a', 'b","c', undefined], 1n, 0);
    assert.equal(pointsOf(table).length, 2);
  });

  it('goes through new series in the middle of an iteration', () => {
    const table = counter();
    table.add(['a', 'k', undefined], 1n, 0);
    const seen: string[] = [];
    for (const { labels } of iterate(table)) {
      seen.push(labels[0]?.[1] ?? '');
      if (seen.length === 1) table.add(['b', 'k', undefined], 1n, 0);
    }
    assert.deepEqual(seen, ['a', 'b']);
  });
});

describe('gauge', () => {
  it('is set to any value, below zero too', () => {
    const table = new ScalarTable(costDefinition, 'gauge', budgetOf());
    table.set(['m'], 5n, 0);
    table.set(['m'], -7n, 0);
    assert.equal(pointsOf(table)[0]?.value, -7n);
  });

  it('never goes back where it is only raised', () => {
    const table = new ScalarTable(costDefinition, 'gauge', budgetOf());
    for (const value of [5n, 9n, 7n]) table.raise([], value, 0);
    assert.equal(pointsOf(table)[0]?.value, 9n);
  });
});

describe('scalar table as a fold', () => {
  it('sums over all series to the sum of all amounts, whatever the caps', () => {
    fc.assert(
      fc.property(observations(2), limits, (all, caps) => {
        const table = counter(budgetOf(caps));
        for (const { values, value, timeMs } of all) table.add(values, value, timeMs);
        const held = pointsOf(table).reduce((sum, { value }) => sum + value, 0n);
        assert.equal(
          held,
          all.reduce((sum, { value }) => sum + value, 0n),
        );
      }),
    );
  });

  it('continues after load() at any cut as if it had never been interrupted', () => {
    fc.assert(
      fc.property(observations(2), limits, fc.nat(60), (all, caps, cut) => {
        const whole = counter(budgetOf(caps));
        const head = counter(budgetOf(caps));
        for (const { values, value, timeMs, exemplar } of all) whole.add(values, value, timeMs, exemplar);
        for (const { values, value, timeMs, exemplar } of all.slice(0, cut)) head.add(values, value, timeMs, exemplar);
        const resumed = counter(budgetOf(caps));
        resumed.load(head.save());
        assert.deepEqual(resumed.save(), head.save());
        for (const { values, value, timeMs, exemplar } of all.slice(cut)) resumed.add(values, value, timeMs, exemplar);
        assert.deepEqual(resumed.save(), whole.save());
        assert.deepEqual(contentOf(resumed.family), contentOf(whole.family));
      }),
    );
  });

  it('changes nothing when it is read', () => {
    const table = counter();
    table.add(['m', 'k', 'input'], 5n, 1, exemplar(1));
    const before = table.save();
    contentOf(table.family);
    contentOf(table.family);
    assert.deepEqual(table.save(), before);
  });

  it('saves and loads amounts far beyond what a double can tell apart', () => {
    const table = counter();
    const amount = 123_456_789_012_345_678_901_234_567n;
    table.add(['m'], amount, 0);
    const loaded = counter();
    loaded.load(table.save());
    assert.equal(pointsOf(loaded)[0]?.value, amount);
  });
});
