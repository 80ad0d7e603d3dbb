import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MetricSource } from '../../src/component/contract.ts';
import { ONE } from '../../src/data/exact.ts';
import { HistogramTable } from '../../src/metrics/histogram-table.ts';
import { ScalarTable } from '../../src/metrics/scalar-table.ts';
import type { PageRequest } from '../../src/metrics/series-lines.ts';
import { expositionOf, pageOf, pulled, sourceOf } from '../helpers/metric-pages.ts';
import { budgetOf, costDefinition, durationDefinition, exemplar } from '../helpers/metric-samples.ts';

const BORN_MS = 1_000_000;
const INITIAL_MS = 75_000;

/** The values on a page of one counter, one histogram and one gauge that were born together. */
async function valuesAt(request: Partial<PageRequest>, source: Partial<MetricSource> = {}): Promise<readonly string[]> {
  const budget = budgetOf();
  const cost = new ScalarTable(costDefinition, 'counter', budget);
  const duration = new HistogramTable(durationDefinition, [2n * ONE], budget);
  const gauge = new ScalarTable({ ...costDefinition, name: 'sampling_ratio' }, 'gauge', budget);
  cost.add(['m'], 5n * ONE, BORN_MS, exemplar(1));
  cost.add(['m'], ONE, BORN_MS + 60_000);
  duration.observe(['m'], ONE, ONE, BORN_MS, exemplar(1));
  gauge.set(['m'], ONE, BORN_MS);
  const families = [cost, duration, gauge].map(({ family }) => family);
  const exposition = expositionOf([pulled(sourceOf(families, { initialMs: INITIAL_MS, ...source }))]);
  const page = await pageOf(exposition, { format: 'openmetrics-1.0.0', ...request });
  return page
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.replace(/^.*?\} /, '').replace(/ # .*/, ' +exemplar'));
}

const zeros = ['0', '0', '0', '0', '0', '1'];
const values = ['6 +exemplar', '1 +exemplar', '1', '1', '1', '1'];

describe('birth of a series', () => {
  for (const [what, request, source, expected] of [
    [
      'a scraper sees 0 until the end, on all lines, without exemplars',
      { nowMs: BORN_MS + INITIAL_MS - 1, baseline: true },
      {},
      zeros,
    ],
    ['a scraper sees the value from the end on', { nowMs: BORN_MS + INITIAL_MS, baseline: true }, {}, values],
    ['any other client sees the value at once', { nowMs: BORN_MS, baseline: false }, {}, values],
    ['any other client sees 0 too where the source says so', { nowMs: BORN_MS, baseline: false }, { initialForAll: true }, zeros],
    ['a newer record counts as now', { nowMs: BORN_MS, baseline: true }, { newestMs: BORN_MS + INITIAL_MS }, values],
    ['a clock that was set back hides nothing again', { nowMs: 0, baseline: true }, { newestMs: BORN_MS + INITIAL_MS }, values],
    ['there is no baseline where the source wants none', { nowMs: BORN_MS, baseline: true }, { initialMs: 0 }, values],
  ] as const) {
    it(`${what}; a gauge is shown at once`, async () => assert.deepEqual(await valuesAt(request, source), expected));
  }

  it('is over for good once a value was shown, though the clock is set back', async () => {
    const cost = new ScalarTable(costDefinition, 'counter', budgetOf());
    cost.add(['m'], 5n * ONE, BORN_MS);
    const exposition = expositionOf([pulled(sourceOf([cost.family], { initialMs: INITIAL_MS }))]);
    const pageAt = (nowMs: number) => pageOf(exposition, { nowMs, baseline: true });
    assert.match(await pageAt(BORN_MS), / 0\n$/);
    assert.match(await pageAt(BORN_MS + INITIAL_MS), / 5\n$/);
    assert.match(await pageAt(0), / 5\n$/);
  });
});
