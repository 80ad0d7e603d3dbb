/** The config of a Collector that comes as near to the daemon's default as it can. */

import type { Ports } from './contestant.ts';

export type CollectorSettings = Readonly<{
  ports: Ports;
  token: string;
  directory: string;
  queue: CollectorQueue;
  compression: 'gzip' | 'zstd';
  /** One more label of the counters. */
  dimension?: string;
  /** So many of them; spans are then counted nowhere else. */
  counters?: number;
}>;
/** Where spans wait for their destination: on disk and synced, on disk, or in memory. */
export type CollectorQueue = 'fsync' | 'file' | 'memory';

export function collectorConfig({ ports, token, directory, queue, compression, dimension, counters }: CollectorSettings): string {
  const attribute = dimension === undefined ? '' : `\n          - { key: ${dimension}, default_value: unknown }`;
  const redPipeline = `metrics/red:    { receivers: [span_metrics], exporters: [prometheus] }`;
  return `
extensions:
  health_check: { endpoint: 127.0.0.1:${ports.health} }
  bearertokenauth/openrouter: { token: "${token}" }
  file_storage/queue: { directory: ${directory}, create_directory: true, fsync: ${queue === 'fsync'} }
receivers:
  otlp:
    protocols:
      http:
        endpoint: 127.0.0.1:${ports.intake}
        auth:
          authenticator: bearertokenauth/openrouter
        read_header_timeout: 10s
        idle_timeout: 60s
processors:
  memory_limiter: { check_interval: 1s, limit_mib: 512, spike_limit_mib: 128 }
  filter/requests:
    trace_conditions:
      - span.attributes["gen_ai.request.model"] == nil
      - span.name == "Test Generation"
  transform/numbers:
    error_mode: ignore
    trace_statements:
      - set(span.attributes["m.cost"], Double(span.attributes["gen_ai.usage.total_cost"])) where span.attributes["gen_ai.usage.total_cost"] != nil
      - set(span.attributes["m.in"], Int(span.attributes["gen_ai.usage.input_tokens"])) where span.attributes["gen_ai.usage.input_tokens"] != nil
      - set(span.attributes["m.out"], Int(span.attributes["gen_ai.usage.output_tokens"])) where span.attributes["gen_ai.usage.output_tokens"] != nil
  batch/serialize: { timeout: 200ms }
  deltatocumulative: { max_stale: 8760h, max_streams: ${Math.max(counters ?? 0, 20_000)} }
connectors:
  signal_to_metrics:
    error_mode: ignore
    spans:
      - name: llm.cost
        unit: "{USD}"
        conditions: [ 'attributes["m.cost"] != nil' ]
        sum: { value: 'Double(attributes["m.cost"])', monotonic: true }
        attributes:
          - { key: gen_ai.response.model, default_value: unknown }
          - { key: trace.metadata.openrouter.provider_name, default_value: unknown }${attribute}
        include_resource_attributes: &res
          - { key: service.name, default_value: openrouter }
      - name: llm.tokens
        conditions: [ 'attributes["m.in"] != nil' ]
        sum: { value: 'Int(attributes["m.in"])', monotonic: true }
        attributes:
          - { key: gen_ai.response.model, default_value: unknown }
          - { key: trace.metadata.openrouter.provider_name, default_value: unknown }
          - { key: gen_ai.token.type, default_value: input }${attribute}
        include_resource_attributes: *res
      - name: llm.tokens
        conditions: [ 'attributes["m.out"] != nil' ]
        sum: { value: 'Int(attributes["m.out"])', monotonic: true }
        attributes:
          - { key: gen_ai.response.model, default_value: unknown }
          - { key: trace.metadata.openrouter.provider_name, default_value: unknown }
          - { key: gen_ai.token.type, default_value: output }${attribute}
        include_resource_attributes: *res
      - name: llm.time_to_first_token
        unit: s
        conditions: [ 'attributes["trace.metadata.openrouter.inter_token_latency_ms"] != nil' ]
        histogram:
          buckets: [0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30]
          value: 'Double(attributes["trace.metadata.openrouter.first_token_ms"]) / 1000.0'
        attributes:
          - { key: gen_ai.response.model, default_value: unknown }
          - { key: trace.metadata.openrouter.provider_name, default_value: unknown }
        include_resource_attributes: *res
  span_metrics:
    namespace: llm.request
    histogram:
      unit: s
      explicit: { buckets: [250ms, 500ms, 1s, 2s, 5s, 10s, 20s, 30s, 60s, 120s, 300s] }
    dimensions:
      - { name: gen_ai.response.model, default: unknown }
      - { name: trace.metadata.openrouter.provider_name, default: unknown }
    exclude_dimensions: [span.name, collector.instance.id]
    exemplars: { enabled: true, max_per_data_point: 5 }
    aggregation_cardinality_limit: 5000
    metrics_flush_interval: 5s
    resource_metrics_key_attributes: [service.name]
exporters:
  prometheus:
    endpoint: 127.0.0.1:${ports.metrics}
    enable_open_metrics: true
    without_scope_info: true
    metric_expiration: 8760h
  otlp_http/tempo:
    endpoint: http://127.0.0.1:${ports.sink}
    compression: ${compression}
    retry_on_failure:
      max_elapsed_time: 0
    sending_queue:${queue === 'memory' ? '' : '\n      storage: file_storage/queue'}
      sizer: items
      queue_size: 200000
      batch: { flush_timeout: 1s, min_size: 512, max_size: 2048 }
service:
  extensions: [health_check, bearertokenauth/openrouter, file_storage/queue]
  telemetry: { metrics: { readers: [ { pull: { exporter: { prometheus: { host: 127.0.0.1, port: ${ports.own} } } } } ] } }
  pipelines:
    traces/tempo:   { receivers: [otlp], processors: [memory_limiter], exporters: [otlp_http/tempo] }
    traces/metrics: { receivers: [otlp], processors: [memory_limiter, filter/requests, transform/numbers, batch/serialize], exporters: [${counters === undefined ? 'signal_to_metrics, span_metrics' : 'signal_to_metrics'}] }
    metrics/cost:   { receivers: [signal_to_metrics], processors: [deltatocumulative], exporters: [prometheus] }
    ${counters === undefined ? redPipeline : ''}
`;
}
