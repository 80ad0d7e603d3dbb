/** Reads every record of a log as it lies on the disk and says what is damaged; changes nothing, also beside a daemon. */
import { type DataDirectory, readDataDirectory } from './data-directory.ts';
import { codeOf, type Disk } from './disk.ts';
import { type Hole, Holes } from './holes.ts';
import { Log, type Segment } from './log.ts';
import type { LogRecord } from './log-records.ts';
import { RECORD_TYPE } from './record.ts';
import { SEGMENT_HEADER_BYTES, segmentPath } from './segment.ts';
import { lowestPosition, snapshotPath } from './snapshot-file.ts';
import { type Gap, Survivors } from './survivors.ts';

/** `torn`: written when the end came, and acknowledged to nobody. The others were acknowledged. */
export type Damage = Readonly<{
  kind: 'torn' | 'corrupt' | 'missing';
  file: string;
  offset: number;
  bytes: number;
  /** How many are lost; undefined: nobody can tell. */
  records: number | undefined;
}>;

/** Of a segment; without records there are no times. */
export type Tally = {
  file: string;
  bytes: number;
  records: number;
  firstSeq?: number;
  lastSeq?: number;
  oldestMs?: number;
  newestMs?: number;
};

export type Examination = Readonly<{
  directory: DataDirectory;
  log: Log;
  tallies: readonly Tally[];
  /** Durable once. */
  lost: readonly Gap[];
  synced: number;
  damages: readonly Damage[];
}>;

const TRIES = 10;

/** `live`: a daemon is writing, and what is half written is no damage. */
export function examine(disk: Disk, live: boolean): Promise<Examination> {
  return whileDeleted(live, () => examineOnce(disk, live));
}

/** Again where a daemon deleted what nobody needs any more. */
export async function whileDeleted<T>(live: boolean, work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' || !live || tries === TRIES) throw error;
    }
  }
}

async function examineOnce(disk: Disk, live: boolean): Promise<Examination> {
  const directory = await readDataDirectory(disk);
  const { identity, segments, snapshots } = directory;
  const log = new Log(disk, identity?.key ?? 0, segments);
  const [snapshot] = snapshots;
  const known = snapshot === undefined ? 0 : lowestPosition(snapshot.sections);
  const start = Math.min(known, (segments[0]?.first ?? known + 1) - 1);
  const survivors = new Survivors(log, start, snapshot, identity?.key ?? 0);
  const scan = new Scan(segments, start);
  for await (const page of log.pages(start)) {
    for (const record of page) {
      survivors.see(record);
      scan.see(record);
    }
  }
  scan.end();
  survivors.end();
  const { lost, synced } = survivors;
  const torn = live ? [] : tornOf(scan, lost);
  const damages = [...damagedFiles(directory), ...lost.map((gap) => damageOf(gap, scan)), ...torn];
  return { directory, log, tallies: scan.tallies, lost, synced, damages };
}

type PlacedHole = Hole & Readonly<{ segment: number }>;

/** Goes through the segments as the records come. */
class Scan {
  readonly tallies: Tally[] = [];
  readonly holes: PlacedHole[] = [];
  readonly #left: Segment[];
  #current: Readonly<{ segment: Segment; tally: Tally; holes: Holes }> | undefined;
  #last: number;

  constructor(segments: readonly Segment[], last: number) {
    this.#left = [...segments];
    this.#last = last;
  }

  see(record: LogRecord): void {
    while (this.#current?.segment.first !== record.segment) if (!this.#next()) return;
    const { tally, holes } = this.#current;
    holes.see(record);
    if (!record.intact) return;
    tally.records += 1;
    tally.firstSeq ??= record.seq;
    tally.lastSeq = record.seq;
    if (record.type === RECORD_TYPE.gap) return; // of no time
    tally.oldestMs ??= record.timeMs;
    tally.newestMs = record.timeMs;
  }

  end(): void {
    while (this.#next());
  }

  /** False: there is none. */
  #next(): boolean {
    if (this.#current !== undefined) {
      const { segment, holes } = this.#current;
      holes.end(segment.bytes);
      this.holes.push(...holes.found.map((hole) => ({ ...hole, segment: segment.first })));
      this.#last = holes.last;
    }
    const segment = this.#left.shift();
    const tally = segment && { file: segmentPath(segment.first), bytes: segment.bytes, records: 0 };
    this.#current = segment && tally && { segment, tally, holes: new Holes(this.#last) };
    if (tally !== undefined) this.tallies.push(tally);
    return segment !== undefined;
  }
}

function damageOf({ from, to }: Gap, { holes }: Scan): Damage {
  const records = to - from + 1;
  const within = holes.filter(({ after }) => after >= from - 1 && after < to);
  const [first] = within;
  if (first === undefined) return { kind: 'missing', file: segmentPath(from), offset: 0, bytes: 0, records };
  const bytes = within.reduce((sum, hole) => sum + hole.bytes, 0);
  return { kind: 'corrupt', file: segmentPath(first.segment), offset: first.offset, bytes, records };
}

/** Behind the last record there is. */
function tornOf({ holes, tallies }: Scan, lost: readonly Gap[]): readonly Damage[] {
  const last = holes.at(-1);
  const file = tallies.at(-1)?.file;
  if (last === undefined || file !== segmentPath(last.segment)) return [];
  const isLost = lost.some(({ from, to }) => last.after >= from - 1 && last.after < to);
  const isBetween = last.offset + last.bytes < (tallies.at(-1)?.bytes ?? 0);
  return isLost || isBetween ? [] : [{ kind: 'torn', file, offset: last.offset, bytes: last.bytes, records: 0 }];
}

function damagedFiles({ identity, segments, damagedSegments, damagedSnapshots }: DataDirectory): readonly Damage[] {
  const records = identity === undefined ? undefined : 0;
  return [
    ...damagedSnapshots.map(({ number, bytes }): Damage => {
      return { kind: 'corrupt', file: snapshotPath(number), offset: 0, bytes, records: 0 };
    }),
    ...damagedSegments.map((first): Damage => {
      const size = segments.find((segment) => segment.first === first)?.bytes ?? 0;
      const bytes = identity === undefined ? size : SEGMENT_HEADER_BYTES;
      return { kind: 'corrupt', file: segmentPath(first), offset: 0, bytes, records };
    }),
  ];
}
