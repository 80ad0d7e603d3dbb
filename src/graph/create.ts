/** Makes the instances of a plan, sinks before sources; opens nothing. */
import type { Authenticator, Connector, Context, Lifecycle, MetricSource } from '../component/contract.ts';
import { Delivery } from '../delivery/reader.ts';
import type { Journal } from '../journal/contract.ts';
import { MemoryJournal } from '../journal/memory.ts';
import { createExtensions } from './create-extensions.ts';
import { countNothing } from './first-counts.ts';
import { contextOf, type GraphHost } from './host.ts';
import { createIntake } from './intake.ts';
import { plannedIntakeBudget } from './intake-budget.ts';
import { diagnosticsOf, observedProcessor, observedSource } from './observed.ts';
import type { Plan } from './plan.ts';
import type { Planned } from './plan-components.ts';
import type { MetricsPipeline, TracesPipeline } from './plan-pipelines.ts';
import { tracedExporter, tracedIntake } from './traced.ts';

/** Something that starts and stops, with the name that its log lines and faults carry. */
export type Part = Readonly<{ id: string; lifecycle: Lifecycle }>;

/** What drives an exporter; `exporter` is its id in the file. */
export type DeliveryPart = Readonly<{ id: string; exporter: string; lifecycle: Delivery }>;

/** In starting order, except that the journal starts between extensions and exporters. */
export type Graph = Readonly<{
  extensions: readonly Part[];
  journal: Journal;
  /** Of the journal. */
  capacityBytes: number;
  connectors: readonly Readonly<{ id: string; source: MetricSource }>[];
  exporters: readonly Part[];
  deliveries: readonly DeliveryPart[];
  pullExporters: readonly Part[];
  receivers: readonly Part[];
}>;

export function createGraph(plan: Plan, host: GraphHost): Graph {
  countNothing(plan, host.diagnostics);
  const extensions = createExtensions(plan, host);
  const contextFor = (kind: string, planned: Planned): Context => {
    const named = planned.definition.authenticator?.(planned.config)?.id;
    const authenticator: Authenticator | undefined = extensions.find(({ name }) => name === named)?.lifecycle;
    return { ...contextOf(`${kind}/${planned.id}`, host), authenticator };
  };
  const journal = createJournal(plan, host);
  const connectors = distinct(plan.traces.flatMap((pipeline) => pipeline.connectors)).map((planned) => ({
    planned,
    connector: planned.definition.create(planned.config, diagnosticsOf(planned.id, host.diagnostics)),
  }));
  const exporters = distinct(plan.traces.flatMap((pipeline) => pipeline.exporters)).map((planned) => {
    // Its definition does not compile without the delivery settings in its schema (component/define.ts).
    const settings = planned.config as Parameters<typeof planned.definition.create>[0];
    const context = contextFor('exporter', planned);
    const exporter = planned.definition.create(settings, context);
    const watched = host.tracer === undefined ? exporter : tracedExporter(planned.id, exporter, host.tracer);
    return { planned, settings, context, exporter: watched };
  });
  const readers = journal.bind({
    folds: connectors.flatMap(({ planned, connector }) =>
      connector.folds.map((fold) => ({ connector: planned.id, pipelines: pipelinesOf(plan, planned), fold })),
    ),
    readers: exporters.map(({ planned }) => ({ id: planned.id, pipelines: pipelinesOf(plan, planned) })),
  });
  return {
    extensions,
    journal,
    capacityBytes: plan.service.journal.max_size,
    connectors: connectors.map(({ planned, connector }) => ({ id: planned.id, source: connector })),
    exporters: exporters.map(({ context, exporter }) => ({ id: context.id, lifecycle: exporter })),
    deliveries: exporters.map(({ planned, settings, context, exporter }) => {
      const reader = readers.get(planned.id);
      if (reader === undefined) throw new Error(`the journal gave "${planned.id}" no reader`);
      const deliveryHost = { ...context, id: planned.id, drains: !journal.durable, random: host.random };
      return { id: context.id, exporter: planned.id, lifecycle: new Delivery(exporter, reader, settings, deliveryHost) };
    }),
    pullExporters: createPullExporters(plan, connectors, host, contextFor),
    receivers: createReceivers(plan, journal, host, contextFor),
  };
}

function createJournal({ service }: Plan, host: GraphHost): Journal {
  const { max_size, dedupe } = service.journal;
  return new MemoryJournal({
    maxBytes: max_size,
    maxSpans: dedupe.max_spans,
    now: host.now,
    logger: host.logger.forComponent('journal'),
    diagnostics: host.diagnostics,
  });
}

function createPullExporters(
  plan: Plan,
  connectors: readonly Readonly<{ planned: Planned; connector: Connector<'traces'> }>[],
  host: GraphHost,
  contextFor: (kind: string, planned: Planned) => Context,
): readonly Part[] {
  return distinct(plan.metrics.flatMap((pipeline) => pipeline.exporters)).map((planned) => {
    const feeding = new Set(
      plan.metrics.filter((pipeline) => pipeline.exporters.some(({ id }) => id === planned.id)).flatMap(connectorIds),
    );
    const sources = connectors
      .filter((one) => feeding.has(one.planned.id))
      .map(({ planned: { id }, connector }) => ({
        source: observedSource(id, connector, host.diagnostics),
        exemplars: everyTraceIsForwarded(plan, id),
      }));
    const context = contextFor('exporter', planned);
    return { id: context.id, lifecycle: planned.definition.create(planned.config, sources, context) };
  });
}

function createReceivers(
  plan: Plan,
  journal: Journal,
  host: GraphHost,
  contextFor: (kind: string, planned: Planned) => Context,
): readonly Part[] {
  const budget = plannedIntakeBudget(plan, host.memory, host.logger);
  const pipelines = plan.traces.map((pipeline) => ({
    ...pipeline,
    signal: 'traces' as const,
    processors: pipeline.processors.map(({ id, definition, config }) =>
      observedProcessor(id, definition.create(config, host.diagnostics), definition, host.diagnostics),
    ),
  }));
  return distinct(plan.traces.flatMap((pipeline) => pipeline.receivers)).map((planned) => {
    const fed = pipelines.filter((pipeline) => pipeline.receivers.some(({ id }) => id === planned.id));
    const context = { ...contextFor('receiver', planned), budget };
    const intake = (appending: Pick<Journal, 'append'>) => createIntake(fed, appending);
    const consumer = host.tracer === undefined ? intake(journal) : tracedIntake(planned.id, intake, journal, host.tracer);
    return { id: context.id, lifecycle: planned.definition.create(planned.config, consumer, context) };
  });
}

/** By id, each once, in the order of the file. */
function distinct<P extends Planned>(planned: readonly P[]): readonly P[] {
  return [...new Map(planned.map((one) => [one.id, one])).values()];
}

/** Traces pipelines that end in this component. */
function pipelinesOf({ traces }: Plan, { id }: Planned): ReadonlySet<string> {
  return new Set(traces.filter((pipeline) => sinksOf(pipeline).some((sink) => sink.id === id)).map((pipeline) => pipeline.id));
}

function sinksOf({ connectors, exporters }: TracesPipeline): readonly Planned[] {
  return [...connectors, ...exporters];
}

function connectorIds({ connectors }: MetricsPipeline): readonly string[] {
  return connectors.map(({ id }) => id);
}

/** An exemplar leads to a trace: each pipeline of the connector, or another one of the same receiver, must forward it. */
function everyTraceIsForwarded({ traces }: Plan, connector: string): boolean {
  const forwarded = new Set(
    traces.filter(({ exporters }) => exporters.length > 0).flatMap(({ receivers }) => receivers.map(({ id }) => id)),
  );
  const feeding = traces.filter(({ connectors }) => connectors.some(({ id }) => id === connector));
  return feeding.every(({ exporters, receivers }) => exporters.length > 0 || receivers.every(({ id }) => forwarded.has(id)));
}
