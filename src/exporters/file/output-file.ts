/** A file that grows by whole records, one after the other, and is put aside when it is full. */
import type { Stats } from 'node:fs';
import { type FileHandle, mkdir, open, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Logger } from '../../component/contract.ts';
import { deleteOldBackups, putAside, type RotationSettings } from './backups.ts';
import type { IsWhole } from './record.ts';

type OutputSettings = Readonly<{
  path: string;
  /** At open. */
  emptied: boolean;
  /** Of the folder, if it is to be made. */
  directoryMode: number | undefined;
  rotation: RotationSettings | undefined;
  isWhole: IsWhole;
}>;

type OutputHost = Readonly<{ now: () => number; logger: Logger }>;

/** `stats` as it was before the last write; others may move or empty the file meanwhile. */
type Opened = Readonly<{ handle: FileHandle; stats: Stats }>;

const MEBIBYTE = 1_048_576;
const OWNER_ONLY = 0o600;

export class OutputFile {
  readonly #settings: OutputSettings;
  readonly #host: OutputHost;
  #opened: Opened | undefined;
  #closed = false;
  /** Settles with the last one of those who wait for their turn. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(settings: OutputSettings, host: OutputHost) {
    this.#settings = settings;
    this.#host = host;
  }

  async open(): Promise<void> {
    const { path, emptied, directoryMode } = this.#settings;
    try {
      if (directoryMode !== undefined) await mkdir(dirname(path), { recursive: true, mode: directoryMode });
      if (emptied) await writeFile(path, '', { mode: OWNER_ONLY });
      this.#opened = await this.#openWhole();
    } catch (cause) {
      const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
      const remedy = missing ? '; set create_directory: true to make the folder' : '';
      throw new Error(`cannot open "${path}"${remedy}`, { cause });
    }
  }

  /** Resolves once all of it is in the file; when it rejects, nothing of it is. */
  append(record: Uint8Array, abort: AbortSignal): Promise<void> {
    const turn = this.#turn.then(async () => {
      abort.throwIfAborted();
      if (this.#closed) throw new Error('the file is closed');
      await this.#write(record);
    });
    this.#turn = turn.catch(() => undefined); // whoever appends is told
    return turn;
  }

  /** After what is being appended. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#turn;
    await this.#opened?.handle.close();
    this.#opened = undefined;
  }

  async #write(record: Uint8Array): Promise<void> {
    const { handle, stats } = await this.#withRoomFor(record.length);
    try {
      await handle.appendFile(record);
    } catch (error) {
      await handle.truncate(stats.size).catch(() => this.#drop(handle));
      throw error;
    }
  }

  async #withRoomFor(bytes: number): Promise<Opened> {
    const { rotation } = this.#settings;
    this.#opened = (await this.#stillThere()) ?? (await this.#openWhole());
    const { handle, stats } = this.#opened;
    if (rotation === undefined || stats.size === 0 || stats.size + bytes <= rotation.max_megabytes * MEBIBYTE)
      return this.#opened;
    await this.#drop(handle);
    await this.#putAside();
    this.#opened = await this.#openWhole();
    return this.#opened;
  }

  /** Undefined: it is to be opened, because nobody has yet, or because it was moved or deleted, as by logrotate. */
  async #stillThere(): Promise<Opened | undefined> {
    const { path } = this.#settings;
    if (this.#opened === undefined) return undefined;
    const { handle, stats } = this.#opened;
    const found = await statsAt(path);
    if (found?.ino === stats.ino && found.dev === stats.dev) return { handle, stats: found };
    this.#host.logger.info('the file was moved or deleted, a new one is written', { path });
    await this.#drop(handle);
    return undefined;
  }

  /** A file that ends in the middle of a record, after a power cut or a full disk, is put aside: behind that nothing could be read. */
  async #openWhole(): Promise<Opened> {
    const { path, isWhole } = this.#settings;
    const handle = await open(path, 'a+', OWNER_ONLY);
    try {
      const stats = await handle.stat();
      if (await isWhole(handle, stats.size)) return { handle, stats };
    } catch (error) {
      await handle.close();
      throw error;
    }
    await handle.close();
    this.#host.logger.warn('the file ends in the middle of a request and is put aside', { path });
    await this.#putAside();
    const fresh = await open(path, 'a+', OWNER_ONLY);
    return { handle: fresh, stats: await fresh.stat() };
  }

  async #putAside(): Promise<void> {
    const { path, rotation } = this.#settings;
    const { now, logger } = this.#host;
    await putAside(path, now(), rotation?.localtime ?? false);
    if (rotation === undefined) return;
    await deleteOldBackups(path, now(), rotation).catch((error: unknown) => {
      logger.warn('cannot delete files that were put aside', { path, error });
    });
  }

  /** The next one to write opens it again. */
  async #drop(handle: FileHandle): Promise<void> {
    this.#opened = undefined;
    await handle.close();
  }
}

/** Undefined: nothing is there. */
async function statsAt(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
