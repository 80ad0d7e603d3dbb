/** Makes the instances of a plan, sinks before sources; takes those of the graph before that nothing has changed about. */
import type { Consumer, Context, Diagnostics, PulledSource } from '../component/contract.ts';
import type { Journal } from '../journal/contract.ts';
import { createExtensions } from './create-extensions.ts';
import { contextOf, type GraphHost } from './host.ts';
import { createIntake } from './intake.ts';
import type { ResizableBudget } from './intake-budget.ts';
import { type Storage, silentDuringReplay } from './journal.ts';
import { diagnosticsOf, observedProcessor, observedSource } from './observed.ts';
import {
  authenticatorOf,
  type ConnectorPart,
  deliverySettingsOf,
  type ExporterPart,
  type ExtensionPart,
  keptOr,
  keyOf,
  type Part,
  portsOf,
} from './parts.ts';
import type { Plan } from './plan.ts';
import { distinct, type Planned } from './plan-components.ts';
import { tracedExporter, tracedIntake } from './traced.ts';
import type { Connections, Wiring } from './wiring.ts';

/** Outlives every reload. */
export type Lasting = Storage & Readonly<{ wiring: Wiring; budget: ResizableBudget }>;

export type Components = Readonly<{
  plan: Plan;
  extensions: readonly ExtensionPart[];
  connectors: readonly ConnectorPart[];
  exporters: readonly ExporterPart[];
  pullExporters: readonly Part[];
  receivers: readonly Part[];
  connections: Connections;
}>;

export function createComponents(plan: Plan, host: GraphHost, lasting: Lasting, before?: Components): Components {
  const extensions = createExtensions(plan, host, before?.extensions);
  const asked = (planned: Planned) => extensions.find(({ name }) => name === authenticatorOf(planned));
  const create = <P extends Part>(kind: string, planned: Planned, kept: readonly P[] | undefined, make: Make<P>): P => {
    const id = `${kind}/${planned.id}`;
    const [authenticator, ports] = [asked(planned), portsOf(planned)];
    const key = keyOf(planned, authenticator);
    const context = { ...contextOf(id, host), authenticator: authenticator?.lifecycle };
    return keptOr(kept, id, key, () => make({ id, key, ports }, context));
  };
  const connectors = createConnectors(plan, silentDuringReplay(host.diagnostics, lasting.journal), before);
  const { wiring, budget } = lasting;
  return {
    plan,
    extensions,
    connectors,
    exporters: distinct(plan.traces.flatMap((pipeline) => pipeline.exporters)).map((planned) =>
      create('exporter', planned, before?.exporters, (part, context): ExporterPart => {
        const settings = deliverySettingsOf(planned);
        const exporter = planned.definition.create(settings, context);
        const lifecycle = host.tracer === undefined ? exporter : tracedExporter(planned.id, exporter, host.tracer);
        return { ...part, name: planned.id, settings, context, lifecycle };
      }),
    ),
    pullExporters: distinct(plan.metrics.flatMap((pipeline) => pipeline.exporters)).map((planned) =>
      create('exporter', planned, before?.pullExporters, (part, context) => ({
        ...part,
        lifecycle: planned.definition.create(planned.config, wiring.sourcesFor(planned.id), context),
      })),
    ),
    receivers: distinct(plan.traces.flatMap((pipeline) => pipeline.receivers)).map((planned) =>
      create('receiver', planned, before?.receivers, (part, context) => ({
        ...part,
        lifecycle: planned.definition.create(planned.config, wiring.consumerFor(planned.id), { ...context, budget }),
      })),
    ),
    connections: { intakes: createIntakes(plan, host, lasting), sources: sourcesOf(plan, connectors, host) },
  };
}

type Make<P> = (part: Omit<Part, 'lifecycle'>, context: Context) => P;

function createConnectors(plan: Plan, diagnostics: Diagnostics, before: Components | undefined): readonly ConnectorPart[] {
  return distinct(plan.traces.flatMap((pipeline) => pipeline.connectors)).map((planned) => {
    const { id, definition, config } = planned;
    const key = keyOf(planned);
    const create = () => ({ id, key, source: definition.create(config, diagnosticsOf(id, diagnostics)) });
    return keptOr(before?.connectors, id, key, create);
  });
}

/** What each receiver feeds: processors keep nothing, so they are made anew. */
function createIntakes(plan: Plan, host: GraphHost, { journal }: Lasting): ReadonlyMap<string, Consumer> {
  const pipelines = plan.traces.map((pipeline) => ({
    ...pipeline,
    signal: 'traces' as const,
    processors: pipeline.processors.map(({ id, definition, config }) =>
      observedProcessor(id, definition.create(config, host.diagnostics), definition, host.diagnostics),
    ),
  }));
  const receivers = distinct(plan.traces.flatMap((pipeline) => pipeline.receivers));
  return new Map(
    receivers.map((receiver) => {
      const fed = pipelines.filter((pipeline) => pipeline.receivers.some(({ id }) => id === receiver.id));
      const intake = (appending: Pick<Journal, 'append'>) => createIntake(fed, appending);
      const consumer = host.tracer === undefined ? intake(journal) : tracedIntake(receiver.id, intake, journal, host.tracer);
      return [receiver.id, consumer];
    }),
  );
}

/** What each pull exporter shows. */
function sourcesOf(
  plan: Plan,
  connectors: readonly ConnectorPart[],
  { diagnostics }: GraphHost,
): ReadonlyMap<string, readonly PulledSource[]> {
  const exporters = distinct(plan.metrics.flatMap((pipeline) => pipeline.exporters));
  return new Map(
    exporters.map((exporter) => {
      const pipelines = plan.metrics.filter((pipeline) => pipeline.exporters.some(({ id }) => id === exporter.id));
      const feeding = new Set(pipelines.flatMap((pipeline) => pipeline.connectors.map(({ id }) => id)));
      const sources = connectors
        .filter(({ id }) => feeding.has(id))
        .map(({ id, source }) => ({
          source: observedSource(id, source, diagnostics),
          exemplars: everyTraceIsForwarded(plan, id),
        }));
      return [exporter.id, sources];
    }),
  );
}

/** An exemplar leads to a trace: each pipeline of the connector, or another one of the same receiver, must forward it. */
function everyTraceIsForwarded({ traces }: Plan, connector: string): boolean {
  const forwarded = new Set(
    traces.filter(({ exporters }) => exporters.length > 0).flatMap(({ receivers }) => receivers.map(({ id }) => id)),
  );
  const feeding = traces.filter(({ connectors }) => connectors.some(({ id }) => id === connector));
  return feeding.every(({ exporters, receivers }) => exporters.length > 0 || receivers.every(({ id }) => forwarded.has(id)));
}
