import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ONE } from '../../src/data/exact.ts';
import { HistogramTable } from '../../src/metrics/histogram-table.ts';
import { ScalarTable } from '../../src/metrics/scalar-table.ts';
import type { MetricDefinition } from '../../src/metrics/series.ts';
import { expositionOf, pageOf, pulled, sourceOf } from '../helpers/metric-pages.ts';
import { budgetOf, costDefinition, durationDefinition, exemplar } from '../helpers/metric-samples.ts';
import { parseStrictly } from '../helpers/strict-page.ts';

type Kind = 'counter' | 'gauge' | 'info';

function scalar(definition: MetricDefinition, kind: Kind, ...series: readonly (readonly [readonly string[], bigint, number?])[]) {
  const table = new ScalarTable(definition, kind, budgetOf());
  for (const [values, amount, exemplarMs] of series) {
    if (kind === 'counter') table.add(values, amount, 1_000, exemplarMs === undefined ? undefined : exemplar(exemplarMs, amount));
    else table.set(values, amount, 1_000);
  }
  return table.family;
}

function histogram(bounds: readonly bigint[], ...observed: readonly (readonly [readonly string[], bigint])[]) {
  const table = new HistogramTable(durationDefinition, bounds, budgetOf());
  for (const [values, value] of observed) table.observe(values, value, ONE, 1_000);
  return table.family;
}

const swapped: MetricDefinition = { ...costDefinition, labels: costDefinition.labels.toReversed() };

describe('two sources with a family of one name', () => {
  it('are one family, summed where the labels are equal, in whatever order', async () => {
    const exposition = expositionOf([
      pulled(sourceOf([scalar(costDefinition, 'counter', [['a', 'k', 'input'], 1n * ONE, 5], [['b'], 2n * ONE])])),
      pulled(sourceOf([scalar({ ...costDefinition, name: 'x' }, 'counter', [['a'], ONE])])),
      pulled(sourceOf([scalar(swapped, 'counter', [['input', 'k', 'a'], 10n * ONE, 9], [['input'], 20n * ONE])])),
    ]);
    const page = await pageOf(exposition, { format: 'openmetrics-1.0.0' });
    const [cost, x] = parseStrictly(page, 'openmetrics');
    assert.equal(x?.name, 'x');
    assert.deepEqual(
      cost?.samples.map(({ labels, value, exemplar }) => [[...labels.values()].join(), value, exemplar?.seconds]),
      [
        ['a,k,input', '11', '0.009'],
        ['b', '2', undefined],
        ['input', '20', undefined],
      ],
    );
  });

  it('add their histograms bucket by bucket', async () => {
    const page = await pageOf(
      expositionOf([
        pulled(sourceOf([histogram([ONE], [['a'], ONE], [['b'], 2n * ONE])])),
        pulled(sourceOf([histogram([ONE], [['a'], 3n * ONE])])),
      ]),
    );
    const [family] = parseStrictly(page, 'text');
    assert.deepEqual(
      family?.samples.map(({ value }) => value),
      ['1', '2', '4', '2', '0', '1', '2', '1'],
    );
  });

  it('show the larger of two gauges: a time or a limit does not add up', async () => {
    const definition = { ...costDefinition, name: 'last' };
    const sources = [5n, -3n, 9n].map((value) => pulled(sourceOf([scalar(definition, 'gauge', [[], value * ONE])])));
    assert.match(await pageOf(expositionOf(sources)), /^last 9$/m);
  });

  it('open each at its own time: the sum never falls', async () => {
    const exposition = expositionOf([
      pulled(sourceOf([scalar(costDefinition, 'counter', [['a'], ONE])], { initialMs: 10 })),
      pulled(sourceOf([scalar(costDefinition, 'counter', [['a'], 2n * ONE])], { initialMs: 20 })),
    ]);
    const pages = await Promise.all([1_000, 1_010, 1_020].map((nowMs) => pageOf(exposition, { nowMs, baseline: true })));
    assert.deepEqual(
      pages.map((page) => page.trimEnd().split(' ').at(-1)),
      ['0', '1', '3'],
    );
  });

  it('show exemplars of the forwarded one only', async () => {
    const exposition = expositionOf([
      pulled(sourceOf([scalar(costDefinition, 'counter', [['a'], ONE, 9])]), false),
      pulled(sourceOf([scalar(costDefinition, 'counter', [['a'], ONE, 5])]), true),
    ]);
    assert.match(await pageOf(exposition, { format: 'openmetrics-1.0.0' }), /\} 2 # \{.*\} 1 0\.005$/m);
  });

  for (const [what, first, second] of [
    ['kinds', scalar(costDefinition, 'counter', [['a'], ONE]), scalar(costDefinition, 'gauge', [['a'], ONE])],
    ['bounds', histogram([ONE], [['a'], ONE]), histogram([2n * ONE], [['a'], ONE])],
    ['shapes', scalar(durationDefinition, 'counter', [['a'], ONE]), histogram([ONE], [['a'], ONE])],
  ] as const) {
    it(`stay apart where their ${what} differ: the first is shown, the second is named`, async () => {
      const exposition = expositionOf([pulled(sourceOf([first])), pulled(sourceOf([second]))]);
      assert.deepEqual(exposition.clashes, [first.name]);
      assert.equal(await pageOf(exposition), await pageOf(expositionOf([pulled(sourceOf([first]))])));
    });
  }
});

describe('label sets that a constant label makes equal', () => {
  it('are one series, summed', async () => {
    const family = scalar(costDefinition, 'counter', [['a', 'prod'], ONE], [['a'], 2n * ONE], [['a', 'dev'], 4n * ONE]);
    const page = await pageOf(expositionOf([pulled(sourceOf([family]))], { constLabels: [['api_key', 'prod']] }));
    const [cost] = parseStrictly(page, 'text');
    assert.deepEqual(
      cost?.samples.map(({ labels, value }) => [labels.get('api_key'), value]),
      [
        ['prod', '3'],
        ['dev', '4'],
      ],
    );
  });
});
