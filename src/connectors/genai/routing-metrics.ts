/** How OpenRouter and its providers did: attempts, overhead, delay of the telemetry itself. */
import { ONE } from '../../data/exact.ts';
import { reciprocal } from '../../genai/timings.ts';
import type { MetricSpec } from './metric-spec.ts';

export const ROUTING_METRICS: readonly MetricSpec[] = [
  {
    id: 'openrouter_provider_attempts_total',
    kind: 'counter',
    otlpName: 'openrouter.provider.attempts',
    unit: '{attempt}',
    help: 'Tries with a provider, by the status it answered.',
    scope: 'plain',
    labels: ['model', 'provider', 'http_response_status_code'],
    from: 'attempt',
    feed: (_, emit) => emit(ONE),
  },
  {
    id: 'openrouter_provider_attempt_duration_seconds',
    kind: 'histogram',
    otlpName: 'openrouter.provider.attempt.duration',
    unit: 's',
    help: "Time from sending a try to the provider until its response headers, not until the answer's end.",
    scope: 'plain',
    labels: ['provider'],
    buckets: 'duration',
    from: 'attempt',
    feed: ({ duration }, emit) => void (duration !== undefined && emit(duration)),
  },
  {
    id: 'openrouter_router_latency_seconds',
    kind: 'histogram',
    otlpName: 'openrouter.router.latency',
    unit: 's',
    help: 'Time that OpenRouter took before the final provider was asked, failed tries included.',
    scope: 'plain',
    labels: [],
    buckets: 'router_latency',
    from: 'request',
    feed: ({ timings }, emit) => void (timings.routerLatency !== undefined && emit(timings.routerLatency)),
  },
  {
    id: 'openrouter_output_tokens_per_second',
    kind: 'histogram',
    otlpName: 'openrouter.output_tokens_per_second',
    unit: '',
    help: 'Output tokens per second of a request: 1 by its time per output token.',
    scope: 'plain',
    labels: ['model', 'provider'],
    buckets: 'tokens_per_second',
    optIn: 'output_tokens_per_second',
    from: 'request',
    feed({ timings }, emit) {
      const rate = reciprocal(timings.perOutputToken);
      if (rate !== undefined) emit(rate);
    },
  },
  {
    id: 'openrouter_ingest_delay_seconds',
    kind: 'histogram',
    otlpName: 'openrouter.ingest.delay',
    unit: 's',
    help: 'Time from the end of a request until its span was received; one or two minutes are normal.',
    scope: 'plain',
    labels: [],
    buckets: 'ingest_delay',
    from: 'request',
    feed({ reader }, emit, timeMs) {
      if (reader.endNs === undefined) return;
      const delay = (BigInt(Math.trunc(timeMs)) * 1_000_000n - reader.endNs) * 1000n;
      emit(delay > 0n ? delay : 0n); // below 0 the clocks disagree
    },
  },
  {
    id: 'openrouter_last_span_timestamp_seconds',
    kind: 'gauge',
    raise: true,
    otlpName: 'openrouter.last_span.timestamp',
    unit: 's',
    help: 'End of the newest request seen, in seconds since the epoch.',
    scope: 'plain',
    labels: [],
    from: 'request',
    feed: ({ reader }, emit) => void (reader.endNs !== undefined && emit(reader.endNs * 1000n)),
  },
];
