/** Puts spans of the daemon's own around requests and deliveries. */
import type { Consumer, Exporter } from '../component/contract.ts';
import type { Batch } from '../data/batch.ts';
import type { Journal } from '../journal/contract.ts';
import { byteLengthOf } from '../otlp/merge.ts';
import type { OwnTracer } from '../telemetry/tracer.ts';

type Append = Pick<Journal, 'append'>;

/** `intake` makes the consumer around a journal; a request that is watched gets one of its own. */
export function tracedIntake(
  receiver: string,
  intake: (journal: Append) => Consumer,
  journal: Append,
  tracer: OwnTracer,
): Consumer {
  const unwatched = intake(journal);
  return {
    signals: unwatched.signals,
    consume(batch) {
      const span = tracer.begin('receive', { 'spanmeter.receiver': receiver, ...sizeOf(batch) });
      if (span === undefined) return unwatched.consume(batch);
      const append: Append['append'] = (entries) => {
        const own = tracer.beginWithin(span, 'append');
        return tracer.watch(own, async () => {
          const { added, duplicates } = await journal.append(entries);
          own.setAttributes({ 'spanmeter.spans.added': added, 'spanmeter.spans.duplicate': duplicates });
          return { added, duplicates };
        });
      };
      return tracer.watch(span, () => intake({ append }).consume(batch));
    },
  };
}

export function tracedExporter(id: string, exporter: Exporter, tracer: OwnTracer): Exporter {
  return {
    start: async () => exporter.start?.(),
    shutdown: async (deadline) => exporter.shutdown?.(deadline),
    attempt(batch, abort) {
      const span = tracer.begin('deliver', { 'spanmeter.exporter': id, ...sizeOf(batch) });
      if (span === undefined) return exporter.attempt(batch, abort);
      return tracer.watch(span, async () => {
        const outcome = await exporter.attempt(batch, abort);
        span.setAttribute('spanmeter.outcome', outcome.status);
        if (outcome.status !== 'delivered') tracer.fail(span, outcome.status);
        return outcome;
      });
    },
  };
}

function sizeOf({ signal, encoded }: Batch) {
  return { 'spanmeter.signal': signal, ...(encoded && { 'spanmeter.bytes': byteLengthOf(encoded) }) };
}
