/** The process that is killed: a journal in a folder, an exporter that takes everything, appends from the parent. */
import { appendFileSync } from 'node:fs';
import { spansOf } from '../../src/data/spans.ts';
import { openJournal } from '../../src/journal/open.ts';
import { decodeTraces } from '../../src/otlp/codec.ts';
import { never } from '../helpers/journal-rig.ts';
import { Observer } from '../helpers/observer.ts';
import { bodyOf, MoneyFold } from './money-fold.ts';

const [directory = '', deliveredFile = ''] = process.argv.slice(2);
const MIB = 2 ** 20;

const { logger, diagnostics } = new Observer().context('journal');
const journal = openJournal({
  directory,
  maxBytes: 64 * MIB,
  segmentBytes: MIB / 4,
  minFreeBytes: 0,
  maxSpans: 1_000_000,
  reserveBytes: MIB / 4,
  snapshotBytes: MIB / 2,
  now: Date.now,
  logger,
  diagnostics,
  fail: (error) => {
    console.error(error);
    process.exit(74);
  },
});
const fold = new MoneyFold();
const pipelines = new Set(['traces']);
const reader = journal
  .bind({ folds: [{ connector: 'genai', pipelines, fold }], readers: [{ id: 'tempo', pipelines }] })
  .get('tempo')!;
await journal.start();
process.send?.({ started: journal.recovery, total: String(fold.total), names: [...fold.countByName] });

process.on('message', ({ append, read }: { append?: readonly number[]; read?: true }) => {
  if (read) process.send?.({ total: String(fold.total), backlog: reader.backlog.records });
  if (append) void answer(append);
});
void deliver();

async function answer(ids: readonly number[]): Promise<void> {
  const { batch } = decodeTraces({ encoding: 'json', bytes: bodyOf(ids) });
  const { duplicates } = await journal.append([{ pipelines: ['traces'], batch }]);
  process.send?.({ acked: ids, duplicates });
}

async function deliver(): Promise<void> {
  for (;;) {
    const taken = await reader.next({ bytes: 1e6, spans: 500 }, never);
    const names = taken.flatMap(({ bytes, encoding }) =>
      [...spansOf(decodeTraces({ encoding, bytes }).batch)].map(({ span }) => span.name),
    );
    // On the disk before the cursor, as at a destination.
    appendFileSync(deliveredFile, `${names.join('\n')}\n`);
    reader.done(taken);
  }
}
