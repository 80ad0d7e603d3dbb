/** Every metric of the daemon's own, with its labels and help text. */
import type { DiagnosticName } from '../component/contract.ts';

type OwnMetric = Readonly<{ labels: readonly string[]; help: string }>;

export const OWN_COUNTERS: Readonly<Record<DiagnosticName, OwnMetric>> = {
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
  spanmeter_dead_letter_spans_total: {
    labels: ['exporter'],
    help: 'Spans that their destination will never take.',
  },
};
