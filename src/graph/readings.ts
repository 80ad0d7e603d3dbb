/** What the parts of a running graph stand at, for the daemon's own metrics. */
import type { MetricFamily } from '../data/metric.ts';
import type { Reading } from '../telemetry/names.ts';
import type { Graph } from './create.ts';

export function* graphReadings({ journal, capacityBytes, deliveries, connectors }: Graph, nowMs: number): Generator<Reading> {
  const ageSeconds = (sinceMs: number | undefined) => (sinceMs === undefined ? 0 : Math.max(0, nowMs - sinceMs) / 1000);
  yield { name: 'spanmeter_journal_durable', labels: {}, value: journal.durable ? 1 : 0 };
  yield { name: 'spanmeter_journal_ready', labels: {}, value: journal.ready ? 1 : 0 };
  yield { name: 'spanmeter_journal_bytes', labels: {}, value: journal.size.bytes };
  yield { name: 'spanmeter_journal_segments', labels: {}, value: journal.size.segments };
  yield { name: 'spanmeter_journal_dedupe_window_seconds', labels: {}, value: ageSeconds(journal.recognisedSinceMs) };
  for (const { exporter, lifecycle } of deliveries) {
    const { bytes, oldestMs } = lifecycle.backlog;
    const labels = { exporter, data_type: 'traces' };
    yield { name: 'otelcol_exporter_queue_size', labels, value: bytes };
    yield { name: 'otelcol_exporter_queue_capacity', labels, value: capacityBytes };
    yield { name: 'otelcol_exporter_in_flight_requests', labels, value: lifecycle.attempts };
    yield { name: 'spanmeter_journal_oldest_unsent_seconds', labels: { reader: exporter }, value: ageSeconds(oldestMs) };
  }
  for (const { id: connector, source } of connectors) {
    for (const family of source.families) {
      yield { name: 'spanmeter_series', labels: { connector, metric: pageName(family) }, value: lengthOf(family.points()) };
    }
    for (const [label, value] of source.valuesByLabel ?? []) {
      yield { name: 'spanmeter_dimension_values', labels: { connector, label }, value };
    }
  }
}

/** What the page calls it where nothing else is configured. */
function pageName({ name, kind }: MetricFamily): string {
  if (kind === 'counter') return `${name}_total`;
  return kind === 'info' ? `${name}_info` : name;
}

function lengthOf(items: Iterable<unknown>): number {
  let length = 0;
  for (const _item of items) length += 1;
  return length;
}
