import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ONE } from '../../src/data/exact.ts';
import { HistogramTable } from '../../src/metrics/histogram-table.ts';
import { ScalarTable } from '../../src/metrics/scalar-table.ts';
import { pulled, sourceOf } from '../helpers/metric-pages.ts';
import { budgetOf, costDefinition, durationBounds, durationDefinition, exemplar } from '../helpers/metric-samples.ts';
import { findPrometheus, startPrometheus } from '../helpers/prometheus.ts';
import { startPrometheusExporter } from '../helpers/running-exporter.ts';

const { missing } = findPrometheus();

/** Label values that a page must escape, and one family of each kind. */
function odd(nowMs: number) {
  const budget = budgetOf();
  const cost = new ScalarTable({ ...costDefinition, help: 'A "help"\nof \\ two lines.' }, 'counter', budget);
  const duration = new HistogramTable(durationDefinition, durationBounds, budget);
  const info = new ScalarTable({ ...costDefinition, name: 'openrouter_model_info' }, 'info', budget);
  const gauge = new ScalarTable({ ...costDefinition, name: 'openrouter_sampling_ratio' }, 'gauge', budget);
  const values = ['say "hi"\n\\n', '\ud800é\r\t', 'input'];
  cost.add(values, 8_625_000_000n, 0, exemplar(nowMs, 8_625_000_000n));
  duration.observe(values, ONE / 5n, (ONE * 3n) / 2n, 0, exemplar(nowMs, ONE / 5n));
  info.set(values, ONE, 0);
  gauge.set(values, ONE / 4n, 0);
  return pulled(sourceOf([cost, duration, info, gauge].map(({ family }) => family)));
}

describe('a real Prometheus', () => {
  it('takes the whole page, labels, values and exemplars', { skip: missing }, async (test) => {
    const { url } = await startPrometheusExporter(test, 'const_labels: { env: prod }', [odd(Date.now())]);
    const { query, value, exemplars } = await startPrometheus(new URL(url).host);
    while ((await value('up')) !== 1) await new Promise((resolve) => setTimeout(resolve, 50));
    const [series] = await query('openrouter_cost_usd_total');
    assert.equal(series?.value?.[1], '0.008625');
    assert.deepEqual(
      ['model', 'api_key', 'type', 'env'].map((label) => series?.metric[label]),
      ['say "hi"\n\\n', '\ufffdé\r\t', 'input', 'prod'],
    );
    assert.equal(await value(`${durationDefinition.name}_count`), 1.5);
    assert.equal(await value(`${durationDefinition.name}_bucket{le="0.32"}`), 1.5);
    assert.equal(await value('openrouter_model_info'), 1);
    assert.equal(await value('openrouter_sampling_ratio'), 0.25);
    const [stored] = await exemplars('openrouter_cost_usd_total');
    const { trace_id } = stored?.exemplars[0]?.labels ?? {};
    assert.equal(trace_id, exemplar(0).traceId);
    assert.equal(stored?.exemplars[0]?.value, '0.008625');
  });
});
