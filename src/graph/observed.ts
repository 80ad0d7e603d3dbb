/** Counts what passes through components that know nothing of the daemon around them. */
import type { Diagnostics, MetricSource, Processor } from '../component/contract.ts';
import type { ProcessorDefinition } from '../component/define.ts';
import type { MetricFamily } from '../data/metric.ts';
import { itemCount } from '../data/spans.ts';

type Labels = Readonly<Record<string, string>>;

export function observedProcessor(
  id: string,
  processor: Processor,
  definition: Pick<ProcessorDefinition, 'memoryLimit'>,
  diagnostics: Diagnostics,
): Processor {
  const labelsBySignal = {
    traces: { processor: id, otel_signal: 'traces' },
    metrics: { processor: id, otel_signal: 'metrics' },
    logs: { processor: id, otel_signal: 'logs' },
  };
  const limited = { processor: id };
  return (batch) => {
    const labels = labelsBySignal[batch.signal];
    const beganMs = performance.now();
    const processed = processor(batch);
    diagnostics.record('otelcol_processor_internal_duration', labels, (performance.now() - beganMs) / 1000);
    const incoming = itemCount(batch);
    const outgoing = processed === undefined ? 0 : processed === batch ? incoming : itemCount(processed);
    diagnostics.count('otelcol_processor_incoming_items_total', labels, incoming);
    diagnostics.count('otelcol_processor_outgoing_items_total', labels, outgoing);
    if (definition.memoryLimit !== undefined) {
      // What came this far was admitted.
      diagnostics.count('otelcol_processor_memory_limiter_accepted_spans_total', limited, incoming);
    }
    return processed;
  };
}

/** The source itself, with every reading of its points counted. */
export function observedSource(connector: string, source: MetricSource, diagnostics: Diagnostics): MetricSource {
  const produced = (points: number) => {
    if (points > 0) diagnostics.count('otelcol_connector_produced_items_total', { connector }, points);
  };
  return {
    families: source.families.map((family) => observedFamily(family, produced)),
    get newestMs() {
      return source.newestMs;
    },
    initialMs: source.initialMs,
    initialForAll: source.initialForAll,
  };
}

function observedFamily(family: MetricFamily, produced: (points: number) => void): MetricFamily {
  if (family.kind === 'histogram') return { ...family, points: () => counting(family.points(), produced) };
  return { ...family, points: () => counting(family.points(), produced) };
}

function* counting<P>(points: Iterable<P>, produced: (points: number) => void): Generator<P> {
  let count = 0;
  for (const point of points) {
    count += 1;
    yield point;
  }
  produced(count);
}

/** The counts of a component that was not told its own id. */
export function diagnosticsOf(connector: string, diagnostics: Diagnostics): Diagnostics {
  const owned = new WeakMap<Labels, Labels>();
  const own = (labels: Labels) => {
    const known = owned.get(labels) ?? ('connector' in labels ? { ...labels, connector } : labels);
    owned.set(labels, known);
    return known;
  };
  return {
    count: (name, labels, amount) => diagnostics.count(name, own(labels), amount),
    record: (name, labels, value) => diagnostics.record(name, own(labels), value),
  };
}
