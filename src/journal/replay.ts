/** Makes the state of the last process again from a snapshot and the records after it. */
import type { Logger } from '../component/contract.ts';
import type { Batch } from '../data/batch.ts';
import { batchOf } from '../otlp/codec.ts';
import type { JournalGraph } from './contract.ts';
import { NO_GRAPH } from './cursors.ts';
import { FoldReplay } from './fold-replay.ts';
import type { FrozenFold } from './folds.ts';
import type { Log } from './log.ts';
import type { LogRecord } from './log-records.ts';
import { type BatchPayload, decodeBatch, decodeCursor, decodeFlags } from './payload.ts';
import { describeGraph } from './readers.ts';
import { RECORD_TYPE } from './record.ts';
import type { Survey } from './recover.ts';
import { restore, type State } from './state.ts';

export type Replayed = Readonly<{ timeMs: number; frozen: readonly FrozenFold[] }>;

/** Into folds, window, cursors and holdings that are new. */
export async function replayLog(
  log: Log,
  { snapshot, position, synced, partial, graphs }: Survey,
  { claims, cursors, holdings }: Omit<State, 'folds'>,
  graph: JournalGraph,
  logger: Logger,
): Promise<Replayed> {
  const folds = new FoldReplay(graph.folds, (connector, fold, { seq }, error) => {
    logger.error('cannot count a record in a metric', { connector, fold: fold.id, seq, error });
  });
  const nothing = { cursors: 0, dedupe: 0, timeMs: 0 };
  const restored = snapshot === undefined ? nothing : restore(snapshot, { claims, cursors, holdings }, folds);
  let { timeMs } = restored;
  folds.enter(cursors.graph);
  const changes = graphs.filter(({ since }) => since >= cursors.graph.since);
  const enterUntil = (seq: number) => {
    for (let next = changes[0]; next !== undefined && next.since < seq; next = changes[0]) {
      cursors.applyGraph(next);
      folds.enter(next);
      changes.shift();
    }
  };
  // Its start and its snapshots were given up in a repair: who read what is left is taken to be who read it next, or who does now.
  const enterUnknown = (since: number) => {
    const { folds: reading, readers } = graphs[0] ?? describeGraph(graph, since);
    folds.enter({ since, frozen: [], folds: reading, readers });
    cursors.applyGraph({ since, frozen: [], folds: [], readers }); // not as it will be, so that the log is told
  };
  const seeBatch = (record: LogRecord) => {
    const { seq } = record;
    const { pipelines, spans, body } = decodeBatch(record.payload);
    const batch = batchIn(record, body);
    // What is not known to be durable is about to be written again, into a segment of its own.
    const segment = seq > synced ? synced + 1 : record.segment;
    if (seq > restored.cursors) holdings.add(segment, cursors.graph.since, pipelines, { spans, bytes: body.length });
    if (seq > restored.dedupe) claims.remember(batch, pipelines, record.timeMs);
    folds.apply({ seq, timeMs: record.timeMs, batch }, pipelines);
  };
  const see = (record: LogRecord) => {
    const { type, seq, payload } = record;
    timeMs = Math.max(timeMs, record.timeMs);
    enterUntil(seq);
    if (cursors.graph === NO_GRAPH && type !== RECORD_TYPE.graph && type !== RECORD_TYPE.gap) enterUnknown(seq - 1);
    if (type === RECORD_TYPE.cursor && seq > restored.cursors) cursors.apply(decodeCursor(payload));
    if (type === RECORD_TYPE.batch) seeBatch(record);
  };
  for await (const page of log.pages(position))
    for (const record of page) if (record.intact && !partial.has(record.seq)) see(record);
  enterUntil(Number.POSITIVE_INFINITY);
  for (const missed of folds.missed) {
    logger.warn('a metric that was removed misses records: the config was changed together with a crash', missed);
  }
  return { timeMs, frozen: folds.end(timeMs) };
}

function batchIn({ flags }: LogRecord, body: BatchPayload['body']): Batch {
  const { signal, encoding, mergeable } = decodeFlags(flags);
  const encoded = { encoding, mergeable, bytes: body };
  switch (signal) {
    case 'traces':
      return batchOf(encoded);
    case 'metrics':
    case 'logs':
      return { signal, resources: [], encoded };
  }
}
