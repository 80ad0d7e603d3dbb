/** What the verbs about kept data do with a data directory. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Encoding } from '../data/batch.ts';
import type { Damage } from '../journal/examine.ts';
import { inspect, type JournalContents } from '../journal/inspect.ts';
import { JournalError } from '../journal/journal-error.ts';
import { damagedFiles, deleteLetters, mapLetters } from '../journal/kept-letters.ts';
import type { KeptLetter } from '../journal/letter-file.ts';
import { hasRequest, type LetterRequest, type Ranges, writeRequest } from '../journal/letter-requests.ts';
import { isLocked, lockDirectory } from '../journal/lock.ts';
import { NodeDisk } from '../journal/node-disk.ts';
import { repair } from '../journal/repair.ts';
import { LOG_FOLDER } from '../journal/segment.ts';
import { type Verified, verify } from '../journal/verify.ts';

export type LetterLine = Readonly<{
  /** By which it is named in the command line. */
  id: string;
  exporter: string;
  timeMs: number;
  /** That were refused, which may be fewer than it holds. */
  spans: number;
  bytes: number;
  reason: string;
}>;

export type LetterText = Readonly<{ encoding: Encoding; body: Uint8Array }>;

/** No id: every letter, or every one of the exporter. */
export type LetterChoice = Readonly<{ exporter?: string | undefined; ids: readonly string[] }>;

/** Of what was asked for: `done`, to be done by the daemon that is `running`, or by the next one. */
export type Asked = Readonly<{ letters: readonly LetterLine[]; state: 'done' | 'running' | 'waiting' }>;

const NAME_IT =
  'the log of a daemon says at its start where it has one ("data"): name that with --data-dir, or its config with -c; "memory" is none on disk';
/** A daemon looks every second for what it is asked to do. */
const PATIENCE_MS = 10_000;
const LOOK_MS = 50;

/** Opens nothing by itself. A method rejects where the directory cannot be used; the error may have an exit code. */
export class JournalFiles {
  readonly #directory: string;
  readonly #disk: NodeDisk;

  constructor(directory: string) {
    this.#directory = directory;
    this.#disk = new NodeDisk(directory);
  }

  /** Changes nothing, also beside a daemon. */
  async inspect(): Promise<JournalContents> {
    return inspect(this.#disk, await this.#inUse());
  }

  /** Reads every record; changes nothing. */
  async verify(): Promise<Verified> {
    return verify(this.#disk, await this.#inUse());
  }

  /** Gives up what is damaged, so that a daemon can start. Rejects beside a daemon. */
  async repair(): Promise<readonly Damage[]> {
    await this.#inUse();
    return this.#underLock(() => repair(this.#disk));
  }

  /** Oldest first. */
  async letters(choice: LetterChoice): Promise<readonly LetterLine[]> {
    await this.#inUse();
    return mapLetters(this.#disk, chosenBy(choice), lineOf);
  }

  /** Of dead letters, with such as are not what was written. */
  damagedLetters(exporter: string | undefined): Promise<readonly string[]> {
    return damagedFiles(this.#disk, exporter);
  }

  /** As it was to be sent; undefined if there is none of this id. */
  async letter(id: string): Promise<LetterText | undefined> {
    await this.#inUse();
    const [found] = await mapLetters(this.#disk, chosenBy({ ids: [id] }), ({ body: { encoding, bytes } }) => ({
      encoding,
      body: bytes,
    }));
    return found;
  }

  /** Has a daemon send them to their exporter once more; they are neither appended nor counted again. */
  async replay(choice: LetterChoice): Promise<Asked> {
    const letters = await this.letters(choice);
    await this.#ask('replay', choice, letters);
    return { letters, state: (await this.#inUse()) ? 'running' : 'waiting' };
  }

  /** Deletes them, bytes and all. */
  async purge(choice: LetterChoice): Promise<Asked> {
    const letters = await this.letters(choice);
    if (!(await this.#inUse())) {
      await this.#underLock(() => deleteLetters(this.#disk, chosenBy(choice)));
      return { letters, state: 'done' };
    }
    const names = await this.#ask('purge', choice, letters);
    return { letters, state: (await untilDone(this.#disk, names)) ? 'done' : 'running' };
  }

  /** By a daemon. */
  async #inUse(): Promise<boolean> {
    const journal = join(this.#directory, LOG_FOLDER);
    if (!existsSync(journal)) throw new JournalError(1, `there is no journal in "${this.#directory}"; ${NAME_IT}`);
    return isLocked(this.#directory);
  }

  async #underLock<T>(work: () => Promise<T>): Promise<T> {
    const unlock = await lockDirectory(this.#directory);
    try {
      return await work();
    } finally {
      unlock();
    }
  }

  /** Resolves with the names of the requests. */
  async #ask(act: LetterRequest['act'], { ids }: LetterChoice, letters: readonly LetterLine[]): Promise<readonly string[]> {
    const names: string[] = [];
    for (const [exporter, lines] of Map.groupBy(letters, (line) => line.exporter)) {
      const seqs = lines.map(({ id }) => Number(id));
      // "All" are those that were there, not those that are refused in the meantime.
      const ranges: Ranges = ids.length === 0 ? [[0, seqs.at(-1) ?? 0]] : seqs.map((seq) => [seq, seq]);
      const name = randomUUID();
      await writeRequest(this.#disk, name, { act, exporter, ranges });
      names.push(name);
    }
    return names;
  }
}

async function untilDone(disk: NodeDisk, names: readonly string[]): Promise<boolean> {
  for (const until = performance.now() + PATIENCE_MS; performance.now() < until; ) {
    if (!(await hasRequest(disk, names))) return true;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return false;
}

function chosenBy({ exporter, ids }: LetterChoice): (letter: KeptLetter) => boolean {
  const named = new Set(ids);
  return (letter) =>
    (named.size === 0 || named.has(String(letter.seq))) && (exporter === undefined || letter.exporter === exporter);
}

function lineOf({ seq, exporter, timeMs, spans, body, reason }: KeptLetter): LetterLine {
  return { id: String(seq), exporter, timeMs, spans, bytes: body.bytes.byteLength, reason };
}
