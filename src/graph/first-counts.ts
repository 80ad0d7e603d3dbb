/** Counts 0 for all that may be counted one day: what first appears at 5 is no rise that an alert could see. */
import type { Diagnostics } from '../component/contract.ts';
import { DROP_REASONS } from '../journal/contract.ts';
import type { Plan } from './plan.ts';

export function countNothing({ traces }: Plan, diagnostics: Diagnostics): void {
  diagnostics.count('spanmeter_journal_duplicate_spans_total', {}, 0);
  diagnostics.count('spanmeter_journal_unkeyed_spans_total', {}, 0);
  diagnostics.count('spanmeter_journal_corrupt_records_total', {}, 0);
  diagnostics.count('spanmeter_journal_snapshot_failures_total', {}, 0);
  for (const receiver of idsOf(traces.flatMap(({ receivers }) => receivers))) {
    const labels = { receiver, transport: 'http' };
    diagnostics.count('otelcol_receiver_accepted_spans_total', labels, 0);
    diagnostics.count('otelcol_receiver_refused_spans_total', labels, 0);
    diagnostics.count('otelcol_receiver_failed_spans_total', labels, 0);
    for (const outcome of ['success', 'refused', 'failure']) {
      diagnostics.count('otelcol_receiver_requests_total', { ...labels, outcome }, 0);
    }
  }
  const limiters = traces
    .flatMap(({ processors }) => processors)
    .filter(({ definition }) => definition.memoryLimit !== undefined);
  for (const processor of idsOf(limiters)) {
    diagnostics.count('otelcol_processor_memory_limiter_accepted_spans_total', { processor }, 0);
    diagnostics.count('otelcol_processor_memory_limiter_refused_spans_total', { processor }, 0);
  }
  for (const processor of idsOf(traces.flatMap(({ processors }) => processors))) {
    const labels = { processor, otel_signal: 'traces' };
    diagnostics.count('otelcol_processor_incoming_items_total', labels, 0);
    diagnostics.count('otelcol_processor_outgoing_items_total', labels, 0);
  }
  for (const connector of idsOf(traces.flatMap(({ connectors }) => connectors))) {
    diagnostics.count('otelcol_connector_consumed_items_total', { connector }, 0);
    diagnostics.count('otelcol_connector_produced_items_total', { connector }, 0);
    diagnostics.count('spanmeter_connector_fold_errors_total', { connector }, 0);
  }
  for (const exporter of idsOf(traces.flatMap(({ exporters }) => exporters))) {
    diagnostics.count('otelcol_exporter_sent_spans_total', { exporter }, 0);
    diagnostics.count('otelcol_exporter_send_failed_spans_total', { exporter }, 0);
    diagnostics.count('otelcol_exporter_enqueue_failed_spans_total', { exporter }, 0);
    diagnostics.count('spanmeter_dead_letter_spans_total', { exporter }, 0);
    for (const reason of DROP_REASONS) {
      diagnostics.count('spanmeter_journal_dropped_spans_total', { reader: exporter, reason }, 0);
    }
  }
}

function idsOf(planned: readonly Readonly<{ id: string }>[]): ReadonlySet<string> {
  return new Set(planned.map(({ id }) => id));
}
