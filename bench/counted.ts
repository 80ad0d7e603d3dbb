/** A quick daemon that counts wrongly is of no use: every request, and the cost to its last digit. */

import { decimalText } from '../src/data/exact.ts';
import { Page } from '../test/helpers/page.ts';
import type { Measurable } from './measure.ts';

/** `costs` of the variants of the body, which take turns. The counters of others are read by nobody. */
export async function checkCounted(
  { contestant: { name }, running, body, sent }: Measurable,
  costs: readonly bigint[],
): Promise<void> {
  if (!name.startsWith('spanmeter')) return;
  const page = new Page(await (await fetch(running.metricsUrl)).text());
  const counted = { calls: page.sum('openrouter_requests_total'), costUsd: page.sum('openrouter_cost_usd_total') };
  const expected = { calls: String(sent * body.calls), costUsd: decimalText(totalOf(costs, sent)) };
  if (JSON.stringify(counted) !== JSON.stringify(expected))
    throw new Error(`${name}, ${body.name}: ${JSON.stringify(counted)} was counted, ${JSON.stringify(expected)} was sent`);
}

function totalOf(costs: readonly bigint[], requests: number): bigint {
  return costs.reduce((sum, cost, index) => sum + cost * BigInt(Math.ceil((requests - index) / costs.length)), 0n);
}
