import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ONE } from '../../src/data/exact.ts';
import { HistogramTable } from '../../src/metrics/histogram-table.ts';
import { ScalarTable } from '../../src/metrics/scalar-table.ts';
import type { SeriesBudget } from '../../src/metrics/series.ts';
import { budgetOf, costDefinition, durationBounds, durationDefinition, labelTexts } from '../helpers/metric-samples.ts';

function counter(budget: SeriesBudget): ScalarTable {
  return new ScalarTable(costDefinition, 'counter', budget);
}

describe('series caps', () => {
  it('send what is one set too many to one series, open labels overflown, closed labels kept', () => {
    const overflowed: string[] = [];
    const table = counter(budgetOf({ maxPerMetric: 2 }, overflowed));
    for (const model of ['a', 'b', 'c', 'd']) {
      table.add([model, undefined, 'input'], 1n, 0);
      table.add([model, 'k', 'output'], 10n, 0);
    }
    assert.deepEqual(labelTexts(table.family), [
      'model=a,type=input 1',
      'model=a,api_key=k,type=output 10',
      'model=__overflow__,api_key=__overflow__,type=input 3',
      'model=__overflow__,api_key=__overflow__,type=output 30',
    ]);
    assert.deepEqual(overflowed, Array(6).fill('openrouter_cost_usd *'));
  });

  it('keep the admitted admitted', () => {
    const table = counter(budgetOf({ maxPerMetric: 1 }));
    for (const model of ['a', 'b', 'a']) table.add([model], 1n, 0);
    assert.deepEqual(labelTexts(table.family), ['model=a 2', 'model=__overflow__,api_key=__overflow__ 1']);
  });

  it('admit a set whose open labels overflowed one by one, without a report', () => {
    const overflowed: string[] = [];
    const table = counter(budgetOf({ maxPerMetric: 0 }, overflowed));
    table.add(['__overflow__', '__overflow__', 'input'], 1n, 0);
    assert.deepEqual(overflowed, []);
  });

  it('count the lines of all metrics: a histogram series takes one per bucket, one for sum, one for count', () => {
    const overflowed: string[] = [];
    const budget = budgetOf({ max: 13 }, overflowed);
    const duration = new HistogramTable(durationDefinition, durationBounds, budget);
    const cost = counter(budget);
    duration.observe(['a'], ONE, ONE, 0);
    duration.observe(['b'], ONE, ONE, 0);
    cost.add(['a'], 1n, 0);
    duration.observe(['c'], ONE, ONE, 0);
    cost.add(['b'], 1n, 0);
    assert.deepEqual(overflowed, [`${durationDefinition.name} *`, `${costDefinition.name} *`]);
    assert.deepEqual(labelTexts(cost.family), ['model=a 1', 'model=__overflow__,api_key=__overflow__ 1']);
  });

  it('give later observations series of their own when they are raised; nothing moves', () => {
    const small = counter(budgetOf({ maxPerMetric: 1 }));
    for (const model of ['a', 'b']) small.add([model], 1n, 0);
    const large = counter(budgetOf({ maxPerMetric: 5 }));
    large.load(small.save());
    for (const model of ['a', 'b']) large.add([model], 10n, 0);
    assert.deepEqual(labelTexts(large.family), ['model=a 11', 'model=__overflow__,api_key=__overflow__ 1', 'model=b 10']);
  });

  it('hide nothing when they are lowered', () => {
    const large = counter(budgetOf());
    for (const model of ['a', 'b', 'c']) large.add([model], 1n, 0);
    const small = counter(budgetOf({ maxPerMetric: 1, max: 1 }));
    small.load(large.save());
    for (const model of ['c', 'd']) small.add([model], 10n, 0);
    assert.deepEqual(labelTexts(small.family), [
      'model=a 1',
      'model=b 1',
      'model=c 11',
      'model=__overflow__,api_key=__overflow__ 10',
    ]);
  });

  it('are the same after a restart: load() gives the lines back to the budget', () => {
    const budget = budgetOf({ max: 2 });
    const saved = counter(budgetOf());
    for (const model of ['a', 'b']) saved.add([model], 1n, 0);
    const restored = counter(budget);
    restored.load(saved.save());
    restored.add(['c'], 1n, 0);
    assert.equal(labelTexts(restored.family).at(-1), 'model=__overflow__,api_key=__overflow__ 1');
  });
});
