/** Replaces a running graph by that of another plan, part by part: what nothing has changed about runs on. */
import { bindNext, createNext, type Graph } from './create.ts';
import type { Components } from './create-components.ts';
import type { GraphHost } from './host.ts';
import type { Part } from './parts.ts';
import type { Plan } from './plan.ts';
import { type RunHost, type Running, startingOrder } from './run.ts';

/** For the answers and attempts of what is replaced or gone. */
const HAND_OVER_MS = 5_000;

/** Rejects with the reason if something new cannot start; then the graph before runs on as it was. */
export async function reloadGraph(before: Graph, plan: Plan, host: GraphHost, { status, logger }: RunHost): Promise<Graph> {
  warnOfWhatStays(before.plan, plan, logger);
  const components = createNext(plan, host, before);
  const undo = await startNew(components, before, host);
  let graph: Graph;
  try {
    graph = bindNext(components, host, before);
  } catch (error) {
    await undo();
    throw error;
  }
  const running = new Set(startingOrder(before).map(({ lifecycle }) => lifecycle));
  const parts = startingOrder(graph).map(({ id, lifecycle }) => ({ id, stays: id === 'journal' || running.has(lifecycle) }));
  status.adopt(plan, parts, graph.deliveries);
  await moveDeliveries(before, graph, host);
  await Promise.all(without(partsOf(before), partsOf(graph)).map((part) => shutdown(part, host)));
  return graph;
}

/** Journal and own telemetry outlive the graph. */
function warnOfWhatStays(before: Plan, next: Plan, logger: RunHost['logger']): void {
  const lasting = ({ journal, service: { telemetry } }: Plan) => ({ journal, telemetry });
  const [old, asked] = [lasting(before), lasting(next)];
  for (const section of ['journal', 'telemetry'] as const) {
    if (JSON.stringify(old[section]) === JSON.stringify(asked[section])) continue;
    logger.warn('a change of this section takes effect at the next start', { section: `service.${section}` });
  }
}

/** Sinks before sources, beside what runs. What is resolved with takes all of it back. */
async function startNew(components: Components, before: Graph, host: GraphHost): Promise<() => Promise<void>> {
  const gone = without(partsOf(before), partsOf(components));
  const begun: { part: Part; replaced: Part | undefined }[] = [];
  const undo = async () => {
    for (const { part, replaced } of begun.reverse()) await takeBack(part, replaced, host);
  };
  for (const part of without(partsOf(components), partsOf(before))) {
    const replaced = predecessorOf(part, gone);
    try {
      await part.lifecycle.start?.(replaced?.lifecycle);
      begun.push({ part, replaced });
    } catch (error) {
      await shutdown(part, host); // a failed start may have left something to release
      await undo();
      throw error;
    }
  }
  return undo;
}

/** The one on whose port it is to listen. */
function predecessorOf(part: Part, gone: readonly Part[]): Part | undefined {
  const sharing = gone.filter(({ ports }) => ports.some((port) => part.ports.includes(port)));
  return sharing.find(({ id }) => id === part.id) ?? sharing.find(({ ports }) => !ports.includes(0));
}

async function takeBack(part: Part, replaced: Part | undefined, host: GraphHost): Promise<void> {
  try {
    await replaced?.lifecycle.start?.(part.lifecycle);
  } catch (error) {
    host.fail(replaced?.id ?? part.id, new Error('cannot go back to the config before', { cause: error }));
  }
  await shutdown(part, host);
}

async function moveDeliveries(before: Graph, graph: Graph, { logger }: GraphHost): Promise<void> {
  for (const { exporter, lifecycle } of before.deliveries) {
    if (graph.deliveries.some((one) => one.exporter === exporter)) lifecycle.retrySoon();
    else logger.warn('an exporter is gone from the config: its place in the journal is given up', { exporter });
  }
  for (const { lifecycle } of without(graph.deliveries, before.deliveries)) await lifecycle.start();
  const deadline = AbortSignal.timeout(HAND_OVER_MS);
  await Promise.all(without(before.deliveries, graph.deliveries).map(({ lifecycle }) => lifecycle.handOver(deadline)));
}

async function shutdown({ id, lifecycle }: Running, { logger }: GraphHost): Promise<void> {
  try {
    await lifecycle.shutdown?.(AbortSignal.timeout(HAND_OVER_MS));
  } catch (error) {
    logger.error('cannot stop a component', { part: id, error });
  }
}

/** In starting order. */
function partsOf({ extensions, exporters, pullExporters, receivers }: Components): readonly Part[] {
  return [...extensions, ...exporters, ...pullExporters, ...receivers];
}

function without<T>(items: readonly T[], others: readonly T[]): readonly T[] {
  return items.filter((item) => !others.includes(item));
}
