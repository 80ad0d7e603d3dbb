/** Every metric of the daemon's own, with its labels and help text. */
import type { DiagnosticName, MeasureName } from '../component/contract.ts';

type Described = Readonly<{ labels: readonly string[]; help: string }>;

/** `unit` as in UCUM, '' for none. */
type Measured = Described & Readonly<{ unit: string }> & (Readonly<{ kind: 'gauge' }> | Histogram);
type Histogram = Readonly<{ kind: 'histogram'; bounds: readonly number[] }>;

/** Counted by components. */
export const OWN_COUNTERS: Readonly<Record<DiagnosticName, Described>> = {
  otelcol_receiver_requests_total: {
    labels: ['receiver', 'transport', 'outcome'],
    help: 'Requests by outcome: success, refused (the sender may try again), failure (it need not).',
  },
  otelcol_receiver_accepted_spans_total: {
    labels: ['receiver', 'transport'],
    help: 'Spans answered 2xx, duplicates included.',
  },
  otelcol_receiver_refused_spans_total: {
    labels: ['receiver', 'transport'],
    help: 'Spans answered 429 or 503 after decoding.',
  },
  otelcol_receiver_failed_spans_total: {
    labels: ['receiver', 'transport'],
    help: 'Spans rejected in a partial success.',
  },
  otelcol_exporter_sent_spans_total: { labels: ['exporter'], help: 'Spans that the destination confirmed.' },
  otelcol_exporter_send_failed_spans_total: {
    labels: ['exporter'],
    help: 'Spans that the destination refused for good: dead letters and rejected ones.',
  },
  otelcol_exporter_enqueue_failed_spans_total: {
    labels: ['exporter'],
    help: 'Spans that the journal gave up for this exporter.',
  },
  otelcol_processor_incoming_items_total: {
    labels: ['processor', 'otel_signal'],
    help: 'Spans that came to a processor.',
  },
  otelcol_processor_outgoing_items_total: {
    labels: ['processor', 'otel_signal'],
    help: 'Spans that a processor passed on.',
  },
  otelcol_processor_memory_limiter_accepted_spans_total: {
    labels: ['processor'],
    help: 'Spans that the memory limiter let pass.',
  },
  otelcol_processor_memory_limiter_refused_spans_total: {
    labels: ['processor'],
    help: 'Always 0: requests are refused unread, so that their spans are not known; see otelcol_receiver_requests_total with outcome="refused".',
  },
  otelcol_connector_consumed_items_total: { labels: ['connector'], help: 'Spans that a connector was given.' },
  otelcol_connector_produced_items_total: {
    labels: ['connector'],
    help: 'Points that exporters read from a connector: all of its series each time.',
  },
  spanmeter_receiver_field_faults_total: {
    labels: ['field'],
    help: 'Fields of received spans that could not be read and count as absent; the span is kept and forwarded as it came.',
  },
  spanmeter_genai_spans_total: {
    labels: ['connector', 'class'],
    help: 'Spans by how they were taken: request, attempt, child, test or other.',
  },
  spanmeter_invalid_values_total: {
    labels: ['metric', 'reason'],
    help: 'Values that are present but not countable; their span counts elsewhere.',
  },
  spanmeter_series_overflow_total: {
    labels: ['connector', 'metric', 'label'],
    help: 'Observations that went to an __overflow__ value; label * is the cap of the metric.',
  },
  spanmeter_connector_fold_errors_total: {
    labels: ['connector'],
    help: 'Records that a metric could not take in; they are forwarded all the same.',
  },
  spanmeter_journal_duplicate_spans_total: {
    labels: [],
    help: 'Spans dropped because a pipeline already had their trace and span id.',
  },
  spanmeter_journal_unkeyed_spans_total: {
    labels: [],
    help: 'Spans without a usable trace and span id: counted and forwarded as new each time.',
  },
  spanmeter_journal_dropped_spans_total: {
    labels: ['reader', 'reason'],
    help: 'Spans given up before their destination took them.',
  },
  spanmeter_journal_corrupt_records_total: {
    labels: [],
    help: 'Acknowledged records of the journal, and dead letters, that were found damaged and are lost; the file is kept in quarantine.',
  },
  spanmeter_journal_snapshot_failures_total: {
    labels: [],
    help: 'Snapshots of the journal that could not be taken; a start takes longer without them.',
  },
  spanmeter_dead_letter_spans_total: {
    labels: ['exporter'],
    help: 'Spans that their destination refused for good; what was sent again and is refused again counts again.',
  },
};

const SIZES = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000];
const BYTES = [1e3, 2.5e3, 5e3, 1e4, 2.5e4, 5e4, 1e5, 2.5e5, 5e5, 1e6, 2.5e6, 5e6, 1e7, 2.5e7];
const SECONDS = [1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Recorded by components, one value at a time. */
export const OWN_MEASURES: Readonly<Record<MeasureName, Measured>> = {
  otelcol_processor_internal_duration: {
    kind: 'histogram',
    unit: 's',
    bounds: [1e-6, 2.5e-6, 5e-6, 1e-5, 2.5e-5, 5e-5, ...SECONDS],
    labels: ['processor', 'otel_signal'],
    help: 'Seconds that a processor took for the spans of a request.',
  },
  otelcol_exporter_queue_batch_send_size: {
    kind: 'histogram',
    unit: '{span}',
    bounds: SIZES,
    labels: ['exporter', 'data_type'],
    help: 'Spans of a request to a destination; its repetitions do not count.',
  },
  otelcol_exporter_queue_batch_send_size_bytes: {
    kind: 'histogram',
    unit: 'By',
    bounds: BYTES,
    labels: ['exporter', 'data_type'],
    help: 'Bytes of a request to a destination before compression; its repetitions do not count.',
  },
  spanmeter_scrape_duration_seconds: {
    kind: 'histogram',
    unit: 's',
    bounds: SECONDS,
    labels: ['exporter', 'format'],
    help: 'Seconds from the request for a page of metrics to its last byte.',
  },
  spanmeter_journal_sync_seconds: {
    kind: 'histogram',
    unit: 's',
    bounds: SECONDS,
    labels: [],
    help: 'Seconds that the disk took to make a group of records durable.',
  },
  spanmeter_scrape_bytes: {
    kind: 'gauge',
    unit: 'By',
    labels: ['exporter', 'format'],
    help: 'Size of the last page of metrics before compression.',
  },
};

export type ReadingName =
  | 'otelcol_exporter_queue_size'
  | 'otelcol_exporter_queue_capacity'
  | 'otelcol_exporter_in_flight_requests'
  | 'otelcol_process_uptime_total'
  | 'otelcol_process_cpu_seconds_total'
  | 'otelcol_process_memory_rss'
  | 'otelcol_process_runtime_heap_alloc_bytes'
  | 'otelcol_process_runtime_total_sys_memory_bytes'
  | 'spanmeter_journal_durable'
  | 'spanmeter_journal_ready'
  | 'spanmeter_journal_bytes'
  | 'spanmeter_journal_segments'
  | 'spanmeter_journal_oldest_unsent_seconds'
  | 'spanmeter_journal_dedupe_window_seconds'
  | 'spanmeter_series'
  | 'spanmeter_dimension_values'
  | 'spanmeter_config_last_reload_successful'
  | 'spanmeter_config_last_reload_success_timestamp_seconds'
  | 'spanmeter_build_info';

/** What something stands at when somebody asks. */
export type Reading = Readonly<{ name: ReadingName; labels: Readonly<Record<string, string>>; value: number }>;

type Read = Described & Readonly<{ kind: 'gauge' | 'counter'; unit: string }>;

/** Read when the page is made. */
export const OWN_READINGS: Readonly<Record<ReadingName, Read>> = {
  otelcol_exporter_queue_size: gauge('By', ['exporter', 'data_type'], 'Bytes that wait for a destination.'),
  otelcol_exporter_queue_capacity: gauge(
    'By',
    ['exporter', 'data_type'],
    'Bytes that may wait; then the oldest spans are given up.',
  ),
  otelcol_exporter_in_flight_requests: gauge('{request}', ['exporter', 'data_type'], 'Requests that a destination is answering.'),
  otelcol_process_uptime_total: { ...gauge('s', [], 'Seconds since the process started.'), kind: 'counter' },
  otelcol_process_cpu_seconds_total: { ...gauge('s', [], 'Seconds of CPU time, user and system.'), kind: 'counter' },
  otelcol_process_memory_rss: gauge('By', [], 'Resident memory of the process.'),
  otelcol_process_runtime_heap_alloc_bytes: gauge('By', [], 'Heap of V8 in use.'),
  otelcol_process_runtime_total_sys_memory_bytes: gauge('By', [], 'Heap of V8 in all.'),
  spanmeter_journal_durable: gauge('', [], '1: what was acknowledged outlives the process; 0: the journal is kept in memory.'),
  spanmeter_journal_ready: gauge(
    '',
    [],
    '1: requests are taken; 0: they are refused, because the disk is full or the daemon stops.',
  ),
  spanmeter_journal_bytes: gauge(
    'By',
    [],
    'What the journal takes up: all segments on disk, or in memory what waits for a destination.',
  ),
  spanmeter_journal_segments: gauge('{file}', [], 'Segments of the journal on disk.'),
  spanmeter_journal_oldest_unsent_seconds: gauge(
    's',
    ['reader'],
    'Age of the oldest record that a destination has not taken; 0 when none waits.',
  ),
  spanmeter_journal_dedupe_window_seconds: gauge(
    's',
    [],
    'Age of the oldest span that would still be recognised if it came again.',
  ),
  spanmeter_series: gauge('{series}', ['connector', 'metric'], 'Label sets of a metric.'),
  spanmeter_dimension_values: gauge('{value}', ['connector', 'label'], 'Distinct values of a label with a cap.'),
  spanmeter_config_last_reload_successful: gauge('', [], '1: the config in use is the newest one; 0: the newest one has faults.'),
  spanmeter_config_last_reload_success_timestamp_seconds: gauge(
    's',
    [],
    'When the config in use was loaded, in seconds since the epoch.',
  ),
  spanmeter_build_info: gauge('', ['version', 'revision', 'node'], 'Always 1; the labels say what runs.'),
};

function gauge(unit: string, labels: readonly string[], help: string): Read {
  return { kind: 'gauge', unit, labels, help };
}

type OwnMetric = Described & Readonly<{ name: string; kind: 'counter' | 'gauge' | 'histogram'; unit: string }>;

/** All of them, as the reference page lists them. */
export const OWN_METRICS: readonly OwnMetric[] = [
  ...Object.entries(OWN_COUNTERS).map(([name, metric]) => ({ name, kind: 'counter' as const, unit: '', ...metric })),
  ...Object.entries({ ...OWN_MEASURES, ...OWN_READINGS }).map(([name, metric]) => ({ name, ...metric })),
];
