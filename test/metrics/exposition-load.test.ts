import assert from 'node:assert/strict';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { describe, it } from 'node:test';
import { exactOfText, ONE } from '../../src/data/exact.ts';
import { HistogramTable } from '../../src/metrics/histogram-table.ts';
import { ScalarTable } from '../../src/metrics/scalar-table.ts';
import { expositionOf, pageOf, pulled, sourceOf } from '../helpers/metric-pages.ts';
import { budgetOf, costDefinition, durationDefinition, exemplar } from '../helpers/metric-samples.ts';

const SERIES = 50_000;
const STALL_BAR_MS = 20;
const PAGE_BAR_MS = 200;

/** Half of the lines in counters, half in histograms of thirteen bounds. */
function bigExposition() {
  const budget = budgetOf({ maxPerMetric: SERIES, max: SERIES * 2 });
  const cost = new ScalarTable(costDefinition, 'counter', budget);
  const bounds = Array.from({ length: 13 }, (_, index) => BigInt(exactOfText('0.16')) * 2n ** BigInt(index));
  const duration = new HistogramTable(durationDefinition, bounds, budget);
  for (let i = 0; i < SERIES / 2; i += 1)
    cost.add([`vendor/model-${i % 500}`, `key-${i}`, 'input'], BigInt(i) * 1_234_567_890n, 0, exemplar(i));
  for (let i = 0; i < SERIES / 2 / (bounds.length + 3); i += 1) {
    for (const value of bounds) duration.observe([`vendor/model-${i}`, 'timeout'], value, ONE, 0, exemplar(i, value));
  }
  return expositionOf([pulled(sourceOf([cost.family, duration.family]))]);
}

describe('page of 50,000 series', () => {
  it('gives the event loop back while it is rendered', async (test) => {
    const exposition = bigExposition();
    for (const [round, format] of [
      ['first', 'openmetrics-1.0.0'],
      ['later', 'openmetrics-1.0.0'],
      ['classic', 'text-0.0.4'],
    ] as const) {
      const delay = monitorEventLoopDelay({ resolution: 1 });
      delay.enable();
      const startMs = performance.now();
      const page = await pageOf(exposition, { format });
      const tookMs = performance.now() - startMs;
      delay.disable();
      const stallMs = delay.max / 1e6;
      const megabytes = (page.length / 1e6).toFixed(1);
      test.diagnostic(`${round}: ${megabytes} MB in ${tookMs.toFixed(0)} ms, longest stall ${stallMs.toFixed(1)} ms`);
      assert.ok(stallMs < 10 * STALL_BAR_MS, `stalled for ${stallMs} ms`);
      assert.ok(tookMs < 10 * PAGE_BAR_MS, `took ${tookMs} ms`);
    }
  });

  for (const pages of [1, 4]) {
    it(`leaves time between the turns of ${pages} for what others do in many of theirs`, async () => {
      const exposition = bigExposition();
      let turns = 0;
      let chunks = 0;
      let counting = setImmediate(function count() {
        turns += 1;
        counting = setImmediate(count);
      });
      const read = async () => {
        for await (const _ of exposition.page({ format: 'text-0.0.4', nowMs: 1_000, baseline: false })) chunks += 1;
      };
      try {
        await Promise.all(Array.from({ length: pages }, read));
      } finally {
        clearImmediate(counting);
      }
      assert.ok(chunks > 10 * pages);
      assert.ok(turns > 10 * chunks, `${turns} turns of the loop while ${chunks} chunks were made`);
    });
  }

  it('takes turns with the other pages that are wanted at the same moment', async () => {
    const exposition = bigExposition();
    let turn = 0;
    let counting = true;
    const count = () => {
      turn += 1;
      if (counting) setImmediate(count);
    };
    setImmediate(count);
    const pagesByTurn = new Map<number, Set<number>>();
    const read = async (page: number) => {
      for await (const chunk of exposition.page({ format: 'text-0.0.4', nowMs: 1_000, baseline: false })) {
        assert.ok(chunk.length > 0);
        pagesByTurn.set(turn, (pagesByTurn.get(turn) ?? new Set()).add(page));
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, page) => read(page)));
    counting = false;
    assert.ok(Math.max(...pagesByTurn.values().map((pages) => pages.size)) <= 2);
  });
});
