/** Makes the journal that a plan asks for; it outlives every reload. */
import type { Journal } from '../journal/contract.ts';
import { MemoryJournal } from '../journal/memory.ts';
import type { GraphHost } from './host.ts';
import type { Plan } from './plan.ts';

export function createJournal({ service }: Plan, host: GraphHost): Journal {
  const { max_size, dedupe } = service.journal;
  return new MemoryJournal({
    maxBytes: max_size,
    maxSpans: dedupe.max_spans,
    now: host.now,
    logger: host.logger.forComponent('journal'),
    diagnostics: host.diagnostics,
  });
}
