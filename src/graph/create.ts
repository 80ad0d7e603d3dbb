/** Connects components with the journal, the deliveries that read it, and each other; opens nothing. */
import { Delivery, type DeliveryHost } from '../delivery/reader.ts';
import type { JournalGraph, Reader } from '../journal/contract.ts';
import { memoryBounds } from './bounds.ts';
import { type Components, createComponents, type Lasting } from './create-components.ts';
import { countNothing } from './first-counts.ts';
import type { GraphHost } from './host.ts';
import { createIntakeBudget, plannedIntakeBytes } from './intake-budget.ts';
import { createStorage } from './journal.ts';
import type { DeliveryPart, ExporterPart } from './parts.ts';
import type { Plan } from './plan.ts';
import { Wiring } from './wiring.ts';

/** In starting order, except that the journal starts between extensions and exporters. */
export type Graph = Components &
  Lasting &
  Readonly<{
    /** Of the journal. */
    capacityBytes: number;
    deliveries: readonly DeliveryPart[];
  }>;

export function createGraph(plan: Plan, host: GraphHost): Graph {
  const requestBytes = plannedIntakeBytes(plan, host.memory, host.logger);
  const budget = createIntakeBudget(requestBytes);
  host.logger.info('what grows is bounded', memoryBounds(plan, requestBytes));
  const lasting: Lasting = { ...createStorage(plan, host), wiring: new Wiring(), budget };
  return { ...bindComponents(createComponents(plan, host, lasting), host, lasting), ...lasting };
}

/** As createGraph(), of what is new in the plan and what can stay of the graph before; that one goes on until bindNext(). */
export function createNext(plan: Plan, host: GraphHost, before: Graph): Components {
  return createComponents(plan, host, before, before);
}

/** All in one turn of the loop, so that no append names a pipeline that nobody reads. If this throws, nothing has changed. */
export function bindNext(components: Components, host: GraphHost, before: Graph): Graph {
  const { journal, deadLetters, wiring, budget } = before;
  const graph = { ...bindComponents(components, host, before, before), journal, deadLetters, wiring, budget };
  budget.resize(plannedIntakeBytes(components.plan, host.memory, host.logger));
  return graph;
}

function bindComponents(
  components: Components,
  host: GraphHost,
  { journal, deadLetters, wiring }: Lasting,
  before?: Graph,
): Omit<Graph, keyof Lasting> {
  const { plan, exporters, connections } = components;
  const readers = journal.bind(journalGraph(components));
  wiring.switch(connections);
  countNothing(plan, host.diagnostics);
  const drains = !journal.durable || host.dataIsTemporary === true;
  return {
    ...components,
    capacityBytes: plan.journal.maxBytes,
    deliveries: exporters.map((part) => deliveryOf(part, readers, { random: host.random, drains, deadLetters }, before)),
  };
}

function deliveryOf(
  part: ExporterPart,
  readers: ReadonlyMap<string, Reader>,
  host: Pick<DeliveryHost, 'random' | 'drains' | 'deadLetters'>,
  before: Graph | undefined,
): DeliveryPart {
  const { id, name, settings, context, lifecycle } = part;
  const earlier = before?.deliveries.find((delivery) => delivery.id === id);
  if (earlier !== undefined && before?.exporters.includes(part)) return earlier;
  const reader = readers.get(name);
  if (reader === undefined) throw new Error(`the journal gave "${name}" no reader`);
  const deliveryHost = { ...context, ...host, id: name, before: earlier?.lifecycle };
  return { id, exporter: name, lifecycle: new Delivery(lifecycle, reader, settings, deliveryHost) };
}

function journalGraph({ plan, connectors, exporters }: Components): JournalGraph {
  return {
    folds: connectors.flatMap(({ id, source }) =>
      source.folds.map((fold) => ({ connector: id, pipelines: pipelinesOf(plan, id), fold })),
    ),
    readers: exporters.map(({ name }) => ({ id: name, pipelines: pipelinesOf(plan, name) })),
  };
}

/** Traces pipelines that end in this component. */
function pipelinesOf({ traces }: Plan, id: string): ReadonlySet<string> {
  const ending = traces.filter(({ connectors, exporters }) => [...connectors, ...exporters].some((sink) => sink.id === id));
  return new Set(ending.map((pipeline) => pipeline.id));
}
