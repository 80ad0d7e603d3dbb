/** Takes what a receiver was sent through the processors of its pipelines and into the journal, as one append. */
import type { Consumer, Processor, Receipt } from '../component/contract.ts';
import type { Batch, Signal } from '../data/batch.ts';
import { itemCount } from '../data/spans.ts';
import type { Entry, Journal } from '../journal/contract.ts';

/** The pipelines that one receiver feeds, in the order of the file. */
export type FedPipelines = readonly Readonly<{ id: string; signal: Signal; processors: readonly Processor[] }>[];

const NOTHING_REJECTED: Receipt = { rejected: 0, reason: '' };

export function createIntake(pipelines: FedPipelines, journal: Pick<Journal, 'append'>): Consumer {
  return {
    signals: new Set(pipelines.map(({ signal }) => signal)),
    async consume(batch) {
      const entries = processedEntries(pipelines, batch);
      if (entries.length > 0) await journal.append(entries);
      return NOTHING_REJECTED;
    },
  };
}

/** Pipelines whose processors return the same object share an entry, and so a record. */
function processedEntries(pipelines: FedPipelines, batch: Batch): readonly Entry[] {
  const entries: { batch: Batch; pipelines: string[] }[] = [];
  for (const { id, signal, processors } of pipelines) {
    if (signal !== batch.signal) continue;
    const processed = processors.reduce<Batch | undefined>((rest, process) => rest && process(rest), batch);
    if (processed === undefined || itemCount(processed) === 0) continue;
    const sharing = entries.find((entry) => entry.batch === processed);
    if (sharing === undefined) entries.push({ batch: processed, pipelines: [id] });
    else sharing.pipelines.push(id);
  }
  return entries;
}
