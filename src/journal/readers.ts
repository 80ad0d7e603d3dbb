/** The exporters that read from the log on disk: who they are now, and what the log should know of them. */
import type { JournalGraph, JournalRecord } from './contract.ts';
import type { Cursors } from './cursors.ts';
import { DiskReader, type DiskReaderHost } from './disk-reader.ts';
import type { Log, Place } from './log.ts';
import type { Losses } from './losses.ts';
import type { CursorPayload, GraphPayload } from './payload.ts';

export class Readers {
  readonly #host: DiskReaderHost;
  readonly #losses: Losses;
  #readerById: ReadonlyMap<string, DiskReader> = new Map();

  constructor(host: Omit<DiskReaderHost, 'dropped'>, losses: Losses) {
    this.#losses = losses;
    this.#host = { ...host, dropped: (id, spans) => losses.count(id, 'backlog_full', spans) };
  }

  get byId(): ReadonlyMap<string, DiskReader> {
    return this.#readerById;
  }

  /** Before the start there is nothing to resume. */
  bind(readers: JournalGraph['readers'], folded: number): void {
    const before = this.#readerById;
    this.#readerById = new Map(
      readers.map(({ id, pipelines }) => {
        const reader = before.get(id) ?? this.#create(id, pipelines, folded);
        if (before.has(id)) reader.rebind(pipelines);
        return [id, reader];
      }),
    );
    for (const reader of before.values()) if (!this.#readerById.has(reader.id)) this.#remove(reader);
  }

  /** After a restart: each goes on behind its cursor; those that the graph of the log had and this one has not are removed. */
  async resume(cursors: Cursors, log: Log, folded: number): Promise<void> {
    const gone = cursors.graph.readers
      .filter(({ id }) => !this.#readerById.has(id))
      .map(({ id, pipelines }) => new DiskReader(id, new Set(pipelines), this.#host));
    const all = [...this.#readerById.values(), ...gone];
    for (const reader of all) reader.resume(cursors.of(reader.id) ?? { seq: folded, held: 0 });
    const from = Math.min(...all.map(({ edge }) => edge));
    if (from < folded) await countBacklogs(all, log, from);
    for (const reader of gone) this.#remove(reader);
  }

  push(record: JournalRecord, pipelines: readonly string[], place: Place): void {
    for (const reader of this.#readerById.values()) reader.push(record, pipelines, place);
  }

  wake(): void {
    for (const reader of this.#readerById.values()) reader.wake();
  }

  /** `force`: also of those that have only let others' records go by. */
  unlogged(force = false): readonly CursorPayload[] {
    return [...this.#readerById.values()].flatMap((reader) => reader.unlogged(force) ?? []);
  }

  notLogged(cursors: readonly CursorPayload[]): void {
    for (const cursor of cursors) this.#readerById.get(cursor.reader)?.notLogged(cursor);
  }

  /** Whoever has not settled up to `last` loses what waits there. */
  async giveUp(last: number): Promise<void> {
    for (const reader of this.#readerById.values()) if (reader.edge < last) await reader.giveUp(last);
  }

  #create(id: string, pipelines: ReadonlySet<string>, folded: number): DiskReader {
    const reader = new DiskReader(id, pipelines, this.#host);
    reader.resume({ seq: folded, held: 0 });
    return reader;
  }

  #remove(reader: DiskReader): void {
    const spans = reader.remove();
    if (spans > 0) this.#losses.count(reader.id, 'reader_removed', spans);
  }
}

async function countBacklogs(readers: readonly DiskReader[], log: Log, from: number): Promise<void> {
  for await (const page of log.pages(from)) {
    for (const record of page) for (const reader of readers) reader.count(record);
  }
}

/** The graph as the log has it. */
export function describeGraph({ folds, readers }: JournalGraph, since: number): GraphPayload {
  return {
    since,
    folds: folds.map(({ connector, pipelines, fold: { id, fingerprint } }) => {
      return { connector, id, fingerprint, pipelines: [...pipelines] };
    }),
    readers: readers.map(({ id, pipelines }) => ({ id, pipelines: [...pipelines] })),
  };
}
