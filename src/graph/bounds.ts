/** Adds up what may grow while a daemon runs, and how far: told at the start, so that a machine or container can be sized for it. */
import { limitsOf } from '../delivery/limits.ts';
import { UNDER_WAY_BYTES } from '../delivery/reader.ts';
import { windowBytes } from '../journal/dedupe.ts';
import { READ_AHEAD_BYTES } from '../journal/disk-reader.ts';
import { FROZEN_BYTES } from '../journal/folds.ts';
import { deliverySettingsOf } from './parts.ts';
import type { Plan } from './plan.ts';
import { distinct } from './plan-components.ts';

/** `requestBytes`: of requests in flight. What is not in bytes is a number of things. */
export function memoryBounds({ traces, journal }: Plan, requestBytes: number): Readonly<Record<string, number>> {
  const exporters = distinct(traces.flatMap((pipeline) => pipeline.exporters));
  const connectors = distinct(traces.flatMap((pipeline) => pipeline.connectors));
  const sending = exporters.map((exporter) => {
    const { sending_queue: queue } = deliverySettingsOf(exporter);
    return UNDER_WAY_BYTES + limitsOf(queue.batch).request.bytes; // one is added while there is room for some
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

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
