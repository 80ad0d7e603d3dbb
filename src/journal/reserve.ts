/** A file that holds room for a snapshot or a cursor on a disk that is otherwise full. */
import { codeOf, type Disk, sizeOf } from './disk.ts';
import { LOG_FOLDER } from './segment.ts';

const PATH = `${LOG_FOLDER}/reserve`;
const SLICE = Buffer.alloc(1_048_576);
/** Of the file system. */
const LARGEST_SHARE = 0.05;

export class Reserve {
  readonly #disk: Disk;
  readonly #bytes: number;
  #filling: Promise<void> | undefined;
  #closed = false;

  constructor(disk: Disk, bytes: number) {
    this.#disk = disk;
    this.#bytes = bytes;
  }

  /** Really written: a hole in a file holds no room. Where there is little room, nothing is set aside. */
  fill(): Promise<void> {
    this.#filling ??= this.#fill().finally(() => {
      this.#filling = undefined;
    });
    return this.#filling;
  }

  /** Stops what is under way; nothing of it is touched any more. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#filling?.catch(() => undefined); // told to whoever asked for it
  }

  async #fill(): Promise<void> {
    const { totalBytes, freeBytes } = await this.#disk.space();
    const wanted = Math.floor(Math.min(this.#bytes, totalBytes * LARGEST_SHARE));
    if ((await this.#size()) >= wanted || freeBytes < 2 * wanted) return;
    await this.giveBack();
    const file = await this.#disk.open(PATH, 'create');
    try {
      for (let at = 0; at < wanted; at += SLICE.length) {
        if (this.#closed) return;
        await file.write([SLICE.subarray(0, wanted - at)], at);
      }
      await file.sync();
    } catch (error) {
      await this.giveBack(); // under a quota a part of it may be all that was left
      throw error;
    } finally {
      await file.close();
    }
  }

  /** False: it was given back before. */
  async giveBack(): Promise<boolean> {
    try {
      await this.#disk.unlink(PATH);
      return true;
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return false;
      throw error;
    }
  }

  async #size(): Promise<number> {
    try {
      return await sizeOf(this.#disk, PATH);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return 0;
      throw error;
    }
  }
}
