/** The exporters that read from the log on disk: who they are now, and what the log should know of them. */
import type { JournalGraph, JournalRecord } from './contract.ts';
import type { Cursor, Cursors } from './cursors.ts';
import { DiskReader, type DiskReaderHost } from './disk-reader.ts';
import type { Log, Place } from './log.ts';
import type { LogRecord } from './log-records.ts';
import type { Losses } from './losses.ts';
import type { CursorPayload, GraphPayload } from './payload.ts';
import { Reading } from './reading.ts';

export class Readers {
  readonly #host: DiskReaderHost;
  readonly #losses: Losses;
  #readerById: ReadonlyMap<string, DiskReader> = new Map();

  constructor(host: Omit<DiskReaderHost, 'dropped'>, losses: Losses) {
    this.#losses = losses;
    this.#host = { ...host, dropped: (id, spans, reason) => losses.count(id, reason, spans) };
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
      .map(({ id }) => new DiskReader(id, new Reading(), this.#host));
    const all = [...this.#readerById.values(), ...gone];
    for (const reader of all) reader.resume(cursors.of(reader.id) ?? startingAt(folded));
    await findPlaces(all, log);
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
    const reader = new DiskReader(id, new Reading([{ since: folded, pipelines: [...pipelines] }]), this.#host);
    reader.resume(startingAt(folded));
    return reader;
  }

  #remove(reader: DiskReader): void {
    const spans = reader.remove();
    if (spans > 0) this.#losses.count(reader.id, 'reader_removed', spans);
  }
}

function startingAt(folded: number): Cursor {
  return { seq: folded, held: 0, reading: new Reading() };
}

/** What they have settled of the segments in which they go on is not their backlog. */
async function findPlaces(readers: readonly DiskReader[], log: Log): Promise<void> {
  for (const [segment, searching] of Map.groupBy(readers, ({ resumesIn }) => resumesIn)) {
    if (segment !== undefined) await findPlacesIn(log.pages(segment - 1), searching);
  }
}

async function findPlacesIn(pages: AsyncIterable<readonly LogRecord[]>, readers: readonly DiskReader[]): Promise<void> {
  let searching = readers;
  for await (const page of pages) {
    for (const record of page) searching = searching.filter((reader) => !reader.finds(record));
    if (searching.length === 0) return;
  }
}

/** The graph as the log has it. */
export function describeGraph({ folds, readers }: JournalGraph, since: number): GraphPayload {
  return {
    since,
    frozen: [],
    folds: folds.map(({ connector, pipelines, fold: { id, fingerprint } }) => {
      return { connector, id, fingerprint, pipelines: [...pipelines] };
    }),
    readers: readers.map(({ id, pipelines }) => ({ id, pipelines: [...pipelines] })),
  };
}
