/** A file that grows by whole records, one after the other, and is put aside when it is full. */
import { type FileHandle, mkdir, open, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Logger } from '../../component/contract.ts';
import { deleteOldBackups, putAside, type RotationSettings } from './backups.ts';
import type { IsWhole } from './record.ts';

export type OutputSettings = Readonly<{
  path: string;
  /** At open. */
  emptied: boolean;
  /** Of the folder, if it is to be made. */
  directoryMode: number | undefined;
  rotation: RotationSettings | undefined;
  isWhole: IsWhole;
}>;

type OutputHost = Readonly<{ now: () => number; logger: Logger }>;

type Opened = Readonly<{ handle: FileHandle; size: number }>;

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
    const { handle, size } = await this.#withRoomFor(record.length);
    try {
      await handle.appendFile(record);
      this.#opened = { handle, size: size + record.length };
    } catch (error) {
      await handle.truncate(size).catch(() => this.#drop(handle));
      throw error;
    }
  }

  async #withRoomFor(bytes: number): Promise<Opened> {
    const { rotation } = this.#settings;
    const opened = this.#opened ?? (await this.#openWhole());
    this.#opened = opened;
    if (rotation === undefined || opened.size === 0 || opened.size + bytes <= rotation.max_megabytes * MEBIBYTE) return opened;
    await this.#drop(opened.handle);
    await this.#putAside();
    this.#opened = await this.#openWhole();
    return this.#opened;
  }

  /** A file that ends in the middle of a record, after a power cut or a full disk, is put aside: behind that nothing could be read. */
  async #openWhole(): Promise<Opened> {
    const { path, isWhole } = this.#settings;
    const handle = await open(path, 'a+', OWNER_ONLY);
    try {
      const { size } = await handle.stat();
      if (await isWhole(handle, size)) return { handle, size };
    } catch (error) {
      await handle.close();
      throw error;
    }
    await handle.close();
    this.#host.logger.warn('the file ends in the middle of a request and is put aside', { path });
    await this.#putAside();
    return { handle: await open(path, 'a+', OWNER_ONLY), size: 0 };
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
