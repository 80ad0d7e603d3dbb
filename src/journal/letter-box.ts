/** The dead letters of one exporter: in files of moderate size, so that few bytes are written anew when some of them go. */
import type { Logger } from '../component/contract.ts';
import type { DeadLetter } from './contract.ts';
import type { Damages } from './damages.ts';
import { codeOf, createFile, type Disk, type DiskFile, sizeOf } from './disk.ts';
import {
  DEAD_FOLDER,
  encodeLetter,
  type KeptLetter,
  type LetterFile,
  letterFolder,
  letterPath,
  readLetters,
  removeLetters,
} from './letter-file.ts';
import { type Ranges, within } from './letter-requests.ts';
import type { Losses } from './losses.ts';
import { setAside } from './quarantine.ts';
import { encodeSegmentHeader, firstOf, type JournalIdentity, SEGMENT_HEADER_BYTES } from './segment.ts';

export type LetterBoxHost = Readonly<{
  disk: Disk;
  identity: JournalIdentity;
  /** Rising, over all boxes and processes. */
  nextNumber: () => number;
  losses: Losses;
  damages: Damages;
  /** Letters of a process that a crash ended are not whole. */
  logger: Logger;
  /** Over it the oldest go. */
  maxBytes: number;
}>;

/** `remove`: their bytes are gone when it resolves. */
type Found = Readonly<{ letters: readonly KeptLetter[]; remove: () => Promise<void> }>;

type File = { readonly first: number; bytes: number };

const MAX_FILE_BYTES = 8 * 1_048_576;

/** What is asked of it is done one after the other. */
export class LetterBox {
  readonly exporter: string;
  readonly #host: LetterBoxHost;
  /** Oldest first. */
  readonly #files: File[] = [];
  /** The newest of the files, while it may be added to. */
  #open: DiskFile | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(exporter: string, host: LetterBoxHost) {
    this.exporter = exporter;
    this.#host = host;
  }

  /** Finds what earlier processes kept and removes what they did not finish. Resolves with the highest number of a letter. */
  load(): Promise<number> {
    return this.#inTurn(() => this.#load());
  }

  /** Durable when it resolves. */
  add(letter: DeadLetter): Promise<void> {
    return this.#inTurn(async () => {
      try {
        await this.#add(letter);
      } catch (error) {
        throw new Error(`cannot keep a dead letter: ${codeOf(error) ?? error}`, { cause: error });
      }
    });
  }

  /** Those letters of the oldest file that has some of them; undefined: none has. */
  next(ranges: Ranges): Promise<Found | undefined> {
    return this.#inTurn(async () => {
      for (const file of this.#filesWith(ranges)) {
        const found = await this.#read(file.first);
        const letters = found?.letters.filter(({ seq }) => within(ranges, seq)) ?? [];
        const seqs = new Set(letters.map(({ seq }) => seq));
        const remove = () => this.#inTurn(() => this.#removeFrom(file, ({ seq }) => seqs.has(seq)));
        if (letters.length > 0) return { letters, remove };
      }
      return undefined;
    });
  }

  /** Their bytes are gone when it resolves. */
  remove(ranges: Ranges): Promise<void> {
    return this.#inTurn(async () => {
      for (const file of this.#filesWith(ranges)) {
        await this.#read(file.first); // tells what is damaged
        await this.#removeFrom(file, ({ seq }) => within(ranges, seq));
      }
    });
  }

  close(): Promise<void> {
    return this.#inTurn(() => this.#closeOpen());
  }

  /** Also when an earlier one failed. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined); // told to whoever asked for it
    return done;
  }

  async #load(): Promise<number> {
    const { disk } = this.#host;
    const folder = letterFolder(this.exporter);
    const names = await disk.list(folder);
    for (const name of names) if (name.endsWith('.tmp')) await disk.unlink(`${folder}/${name}`);
    const firsts = names.flatMap((name) => firstOf(name) ?? []).sort((one, other) => other - one);
    let highest = firsts[0] ?? 0;
    for (const first of firsts) {
      const bytes = this.#files.length > 0 ? await sizeOf(disk, this.#path(first)) : 0;
      if (bytes > SEGMENT_HEADER_BYTES) this.#files.unshift({ first, bytes });
      else highest = Math.max(highest, await this.#loadNewest(first));
    }
    return highest;
  }

  /** Of the files that hold anything. Resolves with the highest number in it. */
  async #loadNewest(first: number): Promise<number> {
    const { disk, damages, logger } = this.#host;
    const found = await this.#read(first);
    if (found === undefined) return 0;
    const { letters, damaged, header, size, tornBytes } = found;
    if (tornBytes > 0) {
      logger.warn('a file of dead letters ends in one that is not whole', { file: this.#path(first), bytes: tornBytes });
    }
    if (letters.length === 0 && damaged.length === 0 && (header !== undefined || size <= SEGMENT_HEADER_BYTES)) {
      if (tornBytes > 0) await damages.keep(this.#path(first), setAside);
      else await disk.unlink(this.#path(first));
      return 0;
    }
    this.#files.unshift({ first, bytes: size });
    return letters.at(-1)?.seq ?? 0;
  }

  async #add(letter: DeadLetter): Promise<void> {
    const { identity, nextNumber } = this.#host;
    const first = nextNumber();
    const record = encodeLetter(letter, nextNumber(), identity.key);
    const bytes = record.reduce((sum, { byteLength }) => sum + byteLength, 0);
    await this.#makeRoom(bytes);
    const newest = this.#files.at(-1);
    if (this.#open === undefined || newest === undefined || newest.bytes + bytes > MAX_FILE_BYTES) {
      await this.#closeOpen();
      await this.#begin({ first, bytes: SEGMENT_HEADER_BYTES + bytes }, record);
      return;
    }
    try {
      await this.#open.write(record, newest.bytes);
      await this.#open.sync();
      newest.bytes += bytes;
    } catch (error) {
      // What a failed sync has left is not to be believed: the next letter begins a file.
      await this.#closeOpen();
      throw error;
    }
  }

  async #begin(newest: File, record: readonly Uint8Array[]): Promise<void> {
    const { disk, identity } = this.#host;
    const folder = letterFolder(this.exporter);
    await disk.makeDir(folder);
    await disk.syncDir('.');
    await disk.syncDir(DEAD_FOLDER);
    const path = this.#path(newest.first);
    const file = await createFile(disk, path, [encodeSegmentHeader({ identity, first: newest.first }), ...record]);
    try {
      await disk.syncDir(folder);
    } catch (error) {
      await file.close();
      await disk.unlink(path);
      throw error;
    }
    this.#files.push(newest);
    this.#open = file;
  }

  async #makeRoom(bytes: number): Promise<void> {
    const { disk, losses, maxBytes } = this.#host;
    const total = () => this.#files.reduce((sum, file) => sum + file.bytes, bytes);
    for (let oldest = this.#files[0]; oldest !== undefined && total() > maxBytes; oldest = this.#files[0]) {
      if (this.#files.length === 1) await this.#closeOpen();
      const path = this.#path(oldest.first);
      const lost = (await this.#read(oldest.first))?.letters ?? [];
      await disk.unlink(path);
      this.#files.shift();
      const spans = lost.reduce((sum, letter) => sum + letter.spans, 0);
      losses.count(this.exporter, 'dead_letters_full', spans);
    }
  }

  /** What is damaged is told of, once, and kept in quarantine. */
  async #read(first: number): Promise<LetterFile | undefined> {
    const { disk, damages } = this.#host;
    const path = this.#path(first);
    const found = await readLetters(disk, path);
    await damages.tellLetters(path, found?.damaged ?? []);
    return found;
  }

  async #removeFrom(file: File, goes: (letter: KeptLetter) => boolean): Promise<void> {
    // What is written anew is another file: the open one would be added to in vain.
    if (file === this.#files.at(-1)) await this.#closeOpen();
    const bytes = await removeLetters(this.#host.disk, this.#path(file.first), goes);
    file.bytes = bytes ?? file.bytes;
    if (bytes === 0) this.#files.splice(this.#files.indexOf(file), 1);
  }

  /** Those that may have some of these letters. */
  #filesWith(ranges: Ranges): readonly File[] {
    return this.#files.filter(({ first }, index) => {
      const after = this.#files[index + 1]?.first ?? Number.POSITIVE_INFINITY;
      return ranges.some(([low, high]) => low < after && high > first);
    });
  }

  #path(first: number): string {
    return letterPath(this.exporter, first);
  }

  async #closeOpen(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await open?.close();
  }
}
