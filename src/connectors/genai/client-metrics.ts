/** The histograms that the semantic conventions for generative AI define. */
import type { MetricSpec } from './metric-spec.ts';

/** Said where the bounds are not the convention's. */
const BOUNDS = "Bucket bounds are made for language models; the semantic conventions' are available.";

export const CLIENT_METRICS: readonly MetricSpec[] = [
  {
    id: 'gen_ai_client_operation_duration_seconds',
    kind: 'histogram',
    otlpName: 'gen_ai.client.operation.duration',
    unit: 's',
    help: `Duration of requests to a model, whatever their outcome. ${BOUNDS}`,
    scope: 'client',
    labels: ['error_type'],
    buckets: 'duration',
    exemplars: true,
    from: 'request',
    feed: ({ timings }, emit) => void (timings.duration !== undefined && emit(timings.duration)),
  },
  {
    id: 'gen_ai_client_token_usage',
    kind: 'histogram',
    otlpName: 'gen_ai.client.token.usage',
    unit: '{token}',
    help: `Tokens of a request, cached and reasoning tokens included. ${BOUNDS}`,
    scope: 'client',
    labels: [],
    own: { name: 'gen_ai_token_type', values: ['input', 'output'] },
    buckets: 'tokens',
    exemplars: true,
    from: 'request',
    feed({ tokens }, emit) {
      if (tokens.input !== undefined) emit(tokens.input, 'input');
      if (tokens.output !== undefined) emit(tokens.output, 'output');
    },
  },
  {
    id: 'gen_ai_client_operation_time_to_first_chunk_seconds',
    kind: 'histogram',
    otlpName: 'gen_ai.client.operation.time_to_first_chunk',
    unit: 's',
    help: `Time until the caller had the first token, of streamed requests that succeeded. ${BOUNDS}`,
    scope: 'client',
    labels: [],
    buckets: 'ttft',
    exemplars: true,
    from: 'request',
    feed: ({ timings }, emit) => void (timings.firstToken !== undefined && emit(timings.firstToken)),
  },
  {
    id: 'gen_ai_server_time_to_first_token_seconds',
    kind: 'histogram',
    otlpName: 'gen_ai.server.time_to_first_token',
    unit: 's',
    help: `The provider's own time to the first token, without routing. ${BOUNDS}`,
    scope: 'client',
    labels: [],
    buckets: 'provider_ttft',
    exemplars: true,
    from: 'request',
    feed: ({ timings }, emit) => void (timings.providerFirstToken !== undefined && emit(timings.providerFirstToken)),
  },
  {
    id: 'gen_ai_server_time_per_output_token_seconds',
    kind: 'histogram',
    otlpName: 'gen_ai.server.time_per_output_token',
    unit: 's',
    help: `Mean time per output token of a request; too small where reasoning is hidden, whose tokens it divides by. ${BOUNDS}`,
    scope: 'client',
    labels: [],
    buckets: 'tpot',
    exemplars: true,
    from: 'request',
    feed: ({ timings }, emit) => void (timings.perOutputToken !== undefined && emit(timings.perOutputToken)),
  },
];
