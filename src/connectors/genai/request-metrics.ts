/** What the semantic conventions lack about a request: counters by model, provider and key. */
import { ONE } from '../../data/exact.ts';
import type { MetricSpec } from './metric-spec.ts';

export const REQUEST_METRICS: readonly MetricSpec[] = [
  {
    id: 'openrouter_requests_total',
    kind: 'counter',
    otlpName: 'openrouter.requests',
    unit: '{request}',
    help: 'Requests to a model.',
    scope: 'request',
    labels: ['operation', 'outcome', 'finish_reason', 'stream', 'fallback'],
    exemplars: true,
    from: 'request',
    feed: (_, emit) => emit(ONE),
  },
  {
    id: 'openrouter_tokens_total',
    kind: 'counter',
    otlpName: 'openrouter.tokens',
    unit: '{token}',
    help: 'Tokens; the types do not overlap, so their sum is the total.',
    scope: 'request',
    labels: [],
    own: { name: 'type', values: ['input', 'output'] },
    exemplars: true,
    from: 'request',
    feed({ tokens }, emit) {
      if (tokens.input !== undefined) emit(tokens.input, 'input');
      if (tokens.output !== undefined) emit(tokens.output, 'output');
    },
  },
  {
    id: 'openrouter_token_details_total',
    kind: 'counter',
    otlpName: 'openrouter.token.details',
    unit: '{token}',
    help: 'Tokens of a kind: parts of openrouter_tokens_total, never to be added to it.',
    scope: 'request',
    labels: [],
    own: { name: 'type', values: ['cache_read', 'cache_write', 'reasoning', 'audio', 'video', 'image'] },
    from: 'request',
    feed({ tokens }, emit) {
      if (tokens.cacheRead !== undefined) emit(tokens.cacheRead, 'cache_read');
      if (tokens.cacheWrite !== undefined) emit(tokens.cacheWrite, 'cache_write');
      if (tokens.reasoning !== undefined) emit(tokens.reasoning, 'reasoning');
      if (tokens.audio !== undefined) emit(tokens.audio, 'audio');
      if (tokens.video !== undefined) emit(tokens.video, 'video');
      if (tokens.image !== undefined) emit(tokens.image, 'image');
    },
  },
  {
    id: 'openrouter_errors_total',
    kind: 'counter',
    otlpName: 'openrouter.errors',
    unit: '{request}',
    help: 'Requests that failed or were cancelled; a failed attempt that another provider made good is none.',
    scope: 'request',
    labels: ['error_type'],
    from: 'request',
    feed: ({ outcome }, emit) => void (outcome !== 'ok' && emit(ONE)),
  },
  {
    id: 'openrouter_model_info',
    kind: 'info',
    otlpName: 'openrouter.model.info',
    unit: '',
    help: 'Models seen, with their authors, to be joined by model.',
    scope: 'plain',
    labels: ['model', 'author'],
    from: 'request',
    feed: (_, emit) => emit(ONE),
  },
];
