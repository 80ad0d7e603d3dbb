/** Finds what a model call was charged, in exact USD, and what it cost upstream on the caller's own key. */
import type { InvalidReason } from '../data/exact.ts';
import { PROPOSED_COST } from './aliases.ts';
import { amountOf, signedAmountOf } from './any-value.ts';
import type { ProviderResponse } from './provider-responses.ts';
import { isSuccess } from './provider-responses.ts';
import type { SpanReader } from './span-reader.ts';

/** In 1e-12 USD; undefined is unknown, which is not 0. */
export type Cost = Readonly<{
  /** The charge as sent, discounts included; never made from prices or corrected by savings. */
  total: bigint | undefined;
  /** The sender stated a charge that cannot be counted. */
  uncountable: boolean;
  input: bigint | undefined;
  output: bigint | undefined;
  byok: boolean;
  /** Spent at the provider on the caller's own key; only if `byok`. Not part of the total. */
  upstream: bigint | undefined;
  /** Saved by caching; already taken off the total. */
  cacheSavings: bigint | undefined;
  inputUnitPrice: bigint | undefined;
  outputUnitPrice: bigint | undefined;
}>;

const COST = 'openrouter_cost_usd_total';
const COST_DETAIL = 'openrouter_cost_detail_usd_total';
const UNIT_PRICE = 'openrouter_unit_price_usd';

export function costOf(reader: SpanReader, responses: readonly ProviderResponse[] | undefined): Cost {
  const byok = reader.flag('isByok') ?? responses?.findLast(({ status }) => isSuccess(status))?.byok ?? false;
  return {
    ...charge(reader),
    byok,
    upstream: byok ? reader.amount('upstreamCost', 'openrouter_byok_cost_usd_total') : undefined,
    cacheSavings: cacheSavings(reader),
    inputUnitPrice: reader.amount('inputUnitPrice', UNIT_PRICE),
    outputUnitPrice: reader.amount('outputUnitPrice', UNIT_PRICE),
  };
}

function charge(reader: SpanReader): Pick<Cost, 'total' | 'uncountable' | 'input' | 'output'> {
  const faults: InvalidReason[] = [];
  const stated = reader.first('totalCost', (value, alias) => {
    if (alias === PROPOSED_COST && (reader.text('proposedCostCurrency') ?? 'USD') !== 'USD') return undefined;
    const amount = amountOf(value);
    if (typeof amount !== 'bigint') faults.push(amount);
    return typeof amount === 'bigint' ? amount : undefined;
  });
  for (const fault of faults) reader.reject(COST, fault);
  const input = reader.amount('inputCost', COST_DETAIL);
  const output = reader.amount('outputCost', COST_DETAIL);
  // A charge that cannot be read is no reason to believe its parts.
  const summed = faults.length === 0 && input !== undefined && output !== undefined ? input + output : undefined;
  const total = stated ?? summed;
  return { total, uncountable: total === undefined && faults.length > 0, input, output };
}

/** OpenRouter sends the saving as a negative charge. */
function cacheSavings(reader: SpanReader): bigint | undefined {
  return reader.first('cacheUsage', (value) => {
    const usage = signedAmountOf(value);
    const saved = typeof usage === 'bigint' ? -usage : usage;
    return reader.countable(typeof saved === 'bigint' && saved < 0n ? 'negative' : saved, 'openrouter_cache_savings_usd_total');
  });
}
