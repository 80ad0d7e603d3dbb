import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { exactOfText, scale } from '../../src/data/exact.ts';
import type { Label } from '../../src/data/metric.ts';
import { HistogramTable } from '../../src/metrics/histogram-table.ts';
import { ScalarTable } from '../../src/metrics/scalar-table.ts';
import { expositionOf, pageOf, pulled, sourceOf } from '../helpers/metric-pages.ts';
import { budgetOf, costDefinition, durationBounds, durationDefinition, limits, observations } from '../helpers/metric-samples.ts';
import { type ParsedFamily, parseStrictly } from '../helpers/strict-page.ts';

const formats = ['text-0.0.4', 'text-1.0.0', 'openmetrics-0.0.1', 'openmetrics-1.0.0'] as const;
const constLabels = fc.constantFrom<Label[][]>(
  [],
  [['env', 'prod']],
  [['model', 'a']],
  [
    ['api_key', 'b'],
    ['type', 'input'],
  ],
);

/** Sum over the samples of one name. */
function sumOf(families: readonly ParsedFamily[], name: string): bigint {
  const samples = families.flatMap((family) => family.samples).filter((sample) => sample.name === name);
  return samples.reduce((sum, { value }) => sum + BigInt(exactOfText(value)), 0n);
}

describe('any page', () => {
  it('parses strictly in every format and sums to what went in, whatever the labels, caps and constant labels', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(observations(2), observations(1), limits), { minLength: 1, maxLength: 2 }),
        fc.constantFrom(...formats),
        constLabels,
        async (inputs, format, labels) => {
          const sources = inputs.map(([costs, durations, caps]) => {
            const budget = budgetOf(caps);
            const cost = new ScalarTable(costDefinition, 'counter', budget);
            const duration = new HistogramTable(durationDefinition, durationBounds, budget);
            for (const { values, value, timeMs, exemplar } of costs) cost.add(values, value, timeMs, exemplar);
            for (const { values, value, weight, timeMs, exemplar } of durations) {
              duration.observe(values, value, weight, timeMs, exemplar);
            }
            return pulled(sourceOf([cost.family, duration.family]));
          });
          const page = await pageOf(expositionOf(sources, { constLabels: labels }), { format });
          const families = parseStrictly(page, format.startsWith('text') ? 'text' : 'openmetrics');
          const costs = inputs.flatMap(([all]) => all);
          const durations = inputs.flatMap(([, all]) => all);
          const sum = (amounts: readonly bigint[]) => amounts.reduce((total, amount) => total + amount, 0n);
          assert.equal(sumOf(families, 'openrouter_cost_usd_total'), sum(costs.map(({ value }) => value)));
          const { name } = durationDefinition;
          assert.equal(sumOf(families, `${name}_sum`), sum(durations.map(({ value, weight }) => scale(value, weight))));
          assert.equal(sumOf(families, `${name}_count`), sum(durations.map(({ weight }) => weight)));
        },
      ),
      { numRuns: 200 },
    );
  });
});
