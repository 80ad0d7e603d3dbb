/** Starts a graph sinks before sources, so that nothing arrives before somebody takes it, and stops it the other way round. */
import type { Logger } from '../component/contract.ts';
import type { Graph } from './create.ts';
import type { Part } from './parts.ts';
import type { GraphStatus } from './status.ts';

export type RunHost = Readonly<{ logger: Logger; status: GraphStatus }>;

export type Running = Pick<Part, 'id' | 'lifecycle'>;

/** Rejects with the reason; then everything that had started is stopped again. */
export async function startGraph(graph: Graph, deadline: AbortSignal, { logger, status }: RunHost): Promise<void> {
  const parts = startingOrder(graph);
  for (const { id } of parts) status.note(id, 'starting');
  const started: Running[] = [];
  try {
    for (const part of parts) {
      started.push(part); // a failed start may have left something to release
      await part.lifecycle.start?.();
      status.note(part.id, 'ok');
    }
    status.enter('running');
  } catch (error) {
    const failing = started.at(-1);
    if (failing !== undefined) status.note(failing.id, 'failed', error);
    await stop(started.reverse(), deadline, { logger, status });
    throw error;
  }
}

export async function stopGraph(graph: Graph, deadline: AbortSignal, host: RunHost): Promise<void> {
  host.status.enter('stopped');
  // The pages stay up until the end: what happens while the backlog drains can be seen.
  const { receivers, deliveries, exporters, pullExporters, extensions } = graph;
  await stop(receivers, deadline, host);
  // What was sent by now is settled, and the journal remembers it.
  await stop(deliveries, deadline, host);
  await stop([journalPart(graph)], deadline, host);
  await stop([...exporters, ...pullExporters, ...extensions], deadline, host);
}

export function startingOrder(graph: Graph): readonly Running[] {
  const { extensions, exporters, deliveries, pullExporters, receivers } = graph;
  return [...extensions, journalPart(graph), ...exporters, ...deliveries, ...pullExporters, ...receivers];
}

function journalPart({ journal, deadLetters }: Graph): Running {
  return {
    id: 'journal',
    lifecycle: {
      async start() {
        await journal.start();
        await deadLetters?.start(); // under the lock of the journal
      },
      async shutdown(deadline) {
        await deadLetters?.close();
        await journal.close(deadline);
      },
    },
  };
}

/** All at once: one that hangs until the deadline must not use up the time of the others. */
async function stop(parts: readonly Running[], deadline: AbortSignal, { logger, status }: RunHost): Promise<void> {
  await Promise.all(
    parts.map(async ({ id, lifecycle }) => {
      try {
        await lifecycle.shutdown?.(deadline);
        status.note(id, 'stopped');
      } catch (error) {
        logger.error('cannot stop a component', { part: id, error });
      }
    }),
  );
}
