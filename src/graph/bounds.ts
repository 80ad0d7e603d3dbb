/** Adds up what may grow while a daemon runs, and how far: told at the start, so that a machine or container can be sized for it. */
import type { DeliverySettings } from '../component/contract.ts';
import { limitsOf } from '../delivery/limits.ts';
import { windowBytes } from '../journal/dedupe.ts';
import { READ_AHEAD_BYTES } from '../journal/disk-reader.ts';
import { FROZEN_BYTES } from '../journal/folds.ts';
import type { Plan } from './plan.ts';

/** `requestBytes`: of requests in flight. What is not in bytes is a number of things. */
export function memoryBounds({ traces, journal }: Plan, requestBytes: number): Readonly<Record<string, number>> {
  const exporters = distinct(traces.flatMap((pipeline) => pipeline.exporters));
  const connectors = distinct(traces.flatMap((pipeline) => pipeline.connectors));
  const sending = exporters.map(({ config }) => {
    // Its definition does not compile without the delivery settings in its schema (component/define.ts).
    const { sending_queue: queue } = config as DeliverySettings;
    return queue.num_consumers * limitsOf(queue.batch).joined.bytes;
  });
  const waiting = journal.storage === 'disk' ? exporters.length * READ_AHEAD_BYTES : journal.maxBytes;
  const counted = connectors.flatMap(({ definition, config }) => Object.entries(definition.holds?.(config) ?? {}));
  return {
    request_bytes: requestBytes,
    dedupe_bytes: windowBytes(journal.maxSpans),
    waiting_bytes: waiting,
    sending_bytes: sum(sending),
    removed_metrics_bytes: FROZEN_BYTES,
    ...Object.fromEntries(
      counted.map(([name]) => [name, sum(counted.filter(([other]) => other === name).map(([, most]) => most))]),
    ),
  };
}

function distinct<P extends Readonly<{ id: string }>>(planned: readonly P[]): readonly P[] {
  return [...new Map(planned.map((one) => [one.id, one])).values()];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
