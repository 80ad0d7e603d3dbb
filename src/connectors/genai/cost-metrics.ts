/** What requests cost: charges as sent, never recomputed, and what is known beside them. */
import { ONE } from '../../data/exact.ts';
import type { MetricSpec } from './metric-spec.ts';

export const COST_METRICS: readonly MetricSpec[] = [
  {
    id: 'openrouter_cost_usd_total',
    kind: 'counter',
    otlpName: 'openrouter.cost.usd',
    unit: '',
    help: 'Charges in USD as the sender states them, discounts included.',
    scope: 'request',
    labels: [],
    exemplars: true,
    from: 'request',
    feed: ({ cost }, emit) => void (cost.total !== undefined && emit(cost.total)),
  },
  {
    id: 'openrouter_request_cost_usd',
    kind: 'histogram',
    otlpName: 'openrouter.request.cost.usd',
    unit: '',
    help: 'Charge of one request in USD, where it has one.',
    scope: 'client',
    labels: [],
    buckets: 'cost',
    from: 'request',
    feed: ({ cost }, emit) => void (cost.total !== undefined && emit(cost.total)),
  },
  {
    id: 'openrouter_requests_without_cost_total',
    kind: 'counter',
    otlpName: 'openrouter.requests.without_cost',
    unit: '{request}',
    help: 'Requests that came without a cost, which is not a cost of 0.',
    scope: 'request',
    labels: [],
    own: { name: 'reason', values: ['error', 'cancelled', 'missing'] },
    from: 'request',
    feed({ cost, outcome }, emit) {
      if (cost.total === undefined) emit(ONE, cost.uncountable || outcome === 'ok' ? 'missing' : outcome);
    },
  },
  {
    id: 'openrouter_cache_savings_usd_total',
    kind: 'counter',
    otlpName: 'openrouter.cache.savings.usd',
    unit: '',
    help: 'USD saved by prompt caching; the cost has it taken off already.',
    scope: 'request',
    labels: [],
    from: 'request',
    feed: ({ cost }, emit) => void (cost.cacheSavings !== undefined && emit(cost.cacheSavings)),
  },
  {
    id: 'openrouter_byok_cost_usd_total',
    kind: 'counter',
    otlpName: 'openrouter.byok.cost.usd',
    unit: '',
    help: "USD spent at providers on the caller's own keys; not part of openrouter_cost_usd_total.",
    scope: 'request',
    labels: [],
    from: 'request',
    feed: ({ cost }, emit) => void (cost.upstream !== undefined && emit(cost.upstream)),
  },
  {
    id: 'openrouter_byok_requests_without_cost_total',
    kind: 'counter',
    otlpName: 'openrouter.byok.requests.without_cost',
    unit: '{request}',
    help: "Requests on the caller's own key whose real spend did not arrive: turn on the cost category of the destination.",
    scope: 'request',
    labels: [],
    from: 'request',
    feed: ({ cost }, emit) => void (cost.byok && cost.upstream === undefined && emit(ONE)),
  },
  {
    id: 'openrouter_cost_detail_usd_total',
    kind: 'counter',
    otlpName: 'openrouter.cost.detail.usd',
    unit: '',
    help: 'Charges in USD for input and for output: parts of openrouter_cost_usd_total.',
    scope: 'request',
    labels: [],
    own: { name: 'type', values: ['input', 'output'] },
    optIn: 'cost_detail',
    from: 'request',
    feed({ cost }, emit) {
      if (cost.input !== undefined) emit(cost.input, 'input');
      if (cost.output !== undefined) emit(cost.output, 'output');
    },
  },
  {
    id: 'openrouter_unit_price_usd',
    kind: 'gauge',
    otlpName: 'openrouter.unit_price.usd',
    unit: '',
    help: 'List price of one token in USD as last seen; not for computing cost, which has discounts.',
    scope: 'plain',
    labels: ['model', 'provider'],
    own: { name: 'type', values: ['input', 'output'] },
    optIn: 'unit_prices',
    from: 'request',
    feed({ cost }, emit) {
      if (cost.inputUnitPrice !== undefined) emit(cost.inputUnitPrice, 'input');
      if (cost.outputUnitPrice !== undefined) emit(cost.outputUnitPrice, 'output');
    },
  },
];
