/** Makes the journal that a plan asks for; it outlives every reload. */
import type { Journal } from '../journal/contract.ts';
import { MemoryJournal } from '../journal/memory.ts';
import type { GraphHost } from './host.ts';
import type { Plan } from './plan.ts';

export function createJournal({ journal }: Plan, host: GraphHost): Journal {
  return new MemoryJournal({
    maxBytes: journal.maxBytes,
    maxSpans: journal.maxSpans,
    now: host.now,
    logger: host.logger.forComponent('journal'),
    diagnostics: host.diagnostics,
  });
}
