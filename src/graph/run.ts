/** Starts a graph sinks before sources, so that nothing arrives before somebody takes it, and stops it the other way round. */
import type { Logger } from '../component/contract.ts';
import type { Graph, Part } from './create.ts';

/** Rejects with the reason; then everything that had started is stopped again. */
export async function startGraph(graph: Graph, deadline: AbortSignal, logger: Logger): Promise<void> {
  const started: Part[] = [];
  try {
    for (const part of startingOrder(graph)) {
      started.push(part); // a failed start may have left something to release
      await part.lifecycle.start?.();
    }
  } catch (error) {
    await stop(started.reverse(), deadline, logger);
    throw error;
  }
}

export async function stopGraph(graph: Graph, deadline: AbortSignal, logger: Logger): Promise<void> {
  // The pages stay up until the end: what happens while the backlog drains can be seen.
  const { receivers, deliveries, exporters, pullExporters, extensions } = graph;
  await stop(receivers, deadline, logger);
  await stop([journalPart(graph)], deadline, logger);
  await stop(deliveries, deadline, logger);
  await stop([...exporters, ...pullExporters, ...extensions], deadline, logger);
}

function startingOrder(graph: Graph): readonly Part[] {
  const { extensions, exporters, deliveries, pullExporters, receivers } = graph;
  return [...extensions, journalPart(graph), ...exporters, ...deliveries, ...pullExporters, ...receivers];
}

function journalPart({ journal }: Graph): Part {
  return { id: 'journal', lifecycle: { start: () => journal.start(), shutdown: (deadline) => journal.close(deadline) } };
}

/** All at once: one that hangs until the deadline must not use up the time of the others. */
async function stop(parts: readonly Part[], deadline: AbortSignal, logger: Logger): Promise<void> {
  await Promise.all(
    parts.map(async ({ id, lifecycle }) => {
      try {
        await lifecycle.shutdown?.(deadline);
      } catch (error) {
        logger.error('cannot stop a component', { part: id, error });
      }
    }),
  );
}
