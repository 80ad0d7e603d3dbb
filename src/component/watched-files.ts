/** Loads what stands in files at start, and again when their content has changed: tokens, passwords, certificates. */
import { createHash } from 'node:crypto';
import { type FSWatcher, watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Lifecycle, Logger } from './contract.ts';

export type WatchedFilesOptions = Readonly<{
  /** None: loaded once. */
  paths: readonly string[];
  /** All of them anew. Rejects if they cannot be used. */
  load: () => Promise<void>;
  logger: Logger;
  /** How often to look, whatever the file system tells. */
  everyMs?: number | undefined;
}>;

const LOOK_EVERY_MS = 30_000;
/** One change is several events, and a certificate and its key are two files. */
const SETTLE_MS = 50;

export class WatchedFiles implements Lifecycle {
  readonly #options: WatchedFilesOptions;
  readonly #watchers: FSWatcher[] = [];
  #loaded = '';
  #poll: NodeJS.Timeout | undefined;
  #soon: NodeJS.Timeout | undefined;
  #turn = Promise.resolve();

  constructor(options: WatchedFilesOptions) {
    this.#options = options;
  }

  /** Rejects if the first load does. If a later one does, that is logged, and what was loaded before stays in use. */
  async start(): Promise<void> {
    const { paths, load, everyMs = LOOK_EVERY_MS } = this.#options;
    // Before the load: what changes in between is then seen as a change.
    this.#loaded = await this.#fingerprint();
    await load();
    if (paths.length === 0) return;
    this.#poll = setInterval(this.#look, everyMs).unref();
    for (const folder of new Set(paths.map((path) => dirname(path)))) this.#watch(folder);
  }

  async shutdown(): Promise<void> {
    clearInterval(this.#poll);
    clearTimeout(this.#soon);
    for (const watcher of this.#watchers.splice(0)) watcher.close();
  }

  /** The folder, since files are renewed by putting another one or another link in their place. */
  #watch(folder: string): void {
    const { logger } = this.#options;
    const later = (error: unknown) =>
      logger.debug('a folder tells no changes; its files are looked at now and then', { folder, error });
    try {
      const watcher = watch(folder, { persistent: false }, () => {
        clearTimeout(this.#soon);
        this.#soon = setTimeout(this.#look, SETTLE_MS).unref();
      });
      watcher.on('error', later);
      this.#watchers.push(watcher);
    } catch (error) {
      later(error);
    }
  }

  /** One after the other, so that an older load cannot end last. */
  readonly #look = (): void => {
    this.#turn = this.#turn.then(() => this.#reload());
  };

  async #reload(): Promise<void> {
    const { paths, load, logger } = this.#options;
    const found = await this.#fingerprint();
    if (found === this.#loaded) return;
    this.#loaded = found; // what cannot be used is not tried again until it changes
    try {
      await load();
      logger.info('renewed files are in use', { paths });
    } catch (error) {
      logger.warn('cannot use renewed files; what they held before stays in use', { paths, error });
    }
  }

  async #fingerprint(): Promise<string> {
    const hash = createHash('sha256');
    for (const path of this.#options.paths) {
      const content = await readFile(path).catch(() => 'unreadable');
      hash.update(`${content.length} `).update(content);
    }
    return hash.digest('hex');
  }
}
