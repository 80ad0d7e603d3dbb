/** Tells what lies in a data directory and what waits there for each exporter; changes nothing, also beside a daemon. */
import { type Cursor, Cursors } from './cursors.ts';
import { codeOf, type Disk, sizeOf } from './disk.ts';
import { examine, type Tally, whileDeleted } from './examine.ts';
import type { Log } from './log.ts';
import type { LogRecord } from './log-records.ts';
import { type BatchPayload, decodeBatch, decodeCursor, decodeGraph } from './payload.ts';
import { QUARANTINE_FOLDER } from './quarantine.ts';
import type { Reading } from './reading.ts';
import { RECORD_TYPE } from './record.ts';
import { lowestPosition, type Snapshot, snapshotPath } from './snapshot-file.ts';
import { restoreCursorsAlone } from './state.ts';

export type JournalContents = Readonly<{
  segments: readonly Tally[];
  /** Newest first; `seq`: where a start that has it begins to read. */
  snapshots: readonly Readonly<{ file: string; seq: number | undefined; bytes: number; whole: boolean }>[];
  /** `seq`: everything up to it is settled, by the word of the log. */
  cursors: readonly Readonly<{ exporter: string; seq: number; waiting: Waiting }>[];
  /** Damage that was set aside. */
  quarantined: readonly Readonly<{ file: string; bytes: number }>[];
}>;

/** What a destination has not taken. */
export type Waiting = Readonly<{ records: number; spans: number; bytes: number; oldestMs: number | undefined }>;

export function inspect(disk: Disk, live: boolean): Promise<JournalContents> {
  return whileDeleted(live, async () => {
    const { directory, tallies, log } = await examine(disk, live);
    const { snapshots, damagedSnapshots } = directory;
    return {
      segments: tallies,
      snapshots: [
        ...snapshots.map(({ number, sections, bytes }) => {
          return { file: snapshotPath(number), seq: lowestPosition(sections), bytes, whole: true };
        }),
        ...damagedSnapshots.map(({ number, bytes }) => ({ file: snapshotPath(number), seq: undefined, bytes, whole: false })),
      ],
      cursors: await waitingIn(log, await cursorsIn(log, snapshots[0])),
      quarantined: await quarantinedIn(disk),
    };
  });
}

async function cursorsIn(log: Log, snapshot: Snapshot | undefined): Promise<Cursors> {
  const cursors = new Cursors();
  const known = snapshot === undefined ? 0 : restoreCursorsAlone(snapshot, cursors);
  for await (const page of log.pages(known)) {
    for (const { type, payload } of page.filter(({ intact }) => intact)) {
      if (type === RECORD_TYPE.graph) cursors.applyGraph(decodeGraph(payload));
      if (type === RECORD_TYPE.cursor) cursors.apply(decodeCursor(payload));
    }
  }
  return cursors;
}

async function waitingIn(log: Log, cursors: Cursors): Promise<JournalContents['cursors']> {
  const lines = cursors.graph.readers.flatMap(({ id }) => {
    const cursor = cursors.of(id);
    return cursor === undefined ? [] : [new Line(id, cursor)];
  });
  if (lines.length === 0) return [];
  for await (const page of log.pages(Math.min(...lines.map(({ seq }) => seq)))) {
    for (const record of page.filter(({ intact, type }) => intact && type === RECORD_TYPE.batch)) {
      const batch = decodeBatch(record.payload);
      for (const line of lines) line.see(record, batch);
    }
  }
  return lines.map(({ exporter, seq, waiting }) => ({ exporter, seq, waiting }));
}

/** What stands in line for one exporter. */
class Line {
  readonly exporter: string;
  readonly seq: number;
  readonly #reading: Reading;
  waiting: Waiting = { records: 0, spans: 0, bytes: 0, oldestMs: undefined };

  constructor(exporter: string, { seq, reading }: Cursor) {
    this.exporter = exporter;
    this.#reading = reading;
    this.seq = seq;
  }

  see({ seq, timeMs }: LogRecord, { pipelines, spans, body }: BatchPayload): void {
    if (seq <= this.seq || !this.#reading.has(pipelines, seq)) return;
    const before = this.waiting;
    this.waiting = {
      records: before.records + 1,
      spans: before.spans + spans,
      bytes: before.bytes + body.length,
      oldestMs: before.oldestMs ?? timeMs,
    };
  }
}

async function quarantinedIn(disk: Disk): Promise<JournalContents['quarantined']> {
  try {
    const names = await disk.list(QUARANTINE_FOLDER);
    const paths = names.map((name) => `${QUARANTINE_FOLDER}/${name}`).toSorted();
    return await Promise.all(paths.map(async (file) => ({ file, bytes: await sizeOf(disk, file) })));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}
