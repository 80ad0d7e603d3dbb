/** Notices that the content of files has changed, also where a folder is replaced as a whole behind a link. */
import { createHash } from 'node:crypto';
import { type FSWatcher, watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Lifecycle, Logger } from './contract.ts';

export type FileChangesOptions = Readonly<{
  paths: readonly string[];
  /** Is not called again before it has resolved, and must not reject. */
  changed: () => Promise<void>;
  logger: Logger;
  /** How often to look, whatever the file system tells. */
  everyMs?: number | undefined;
}>;

const LOOK_EVERY_MS = 30_000;
/** One change is several events, and a certificate and its key are two files. */
const SETTLE_MS = 50;

export class FileChanges implements Lifecycle {
  readonly #options: FileChangesOptions;
  readonly #watchers: FSWatcher[] = [];
  #seen: string | undefined;
  #poll: NodeJS.Timeout | undefined;
  #soon: NodeJS.Timeout | undefined;
  #turn = Promise.resolve();

  constructor(options: FileChangesOptions) {
    this.#options = options;
  }

  /** What is there now is no change. Whoever reads the files calls it first: what changes in between is then noticed. */
  async look(): Promise<void> {
    this.#seen = await this.#fingerprint();
  }

  async start(): Promise<void> {
    const { paths, everyMs = LOOK_EVERY_MS } = this.#options;
    if (paths.length === 0) return;
    if (this.#seen === undefined) await this.look();
    this.#poll = setInterval(this.#compare, everyMs).unref();
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
        this.#soon = setTimeout(this.#compare, SETTLE_MS).unref();
      });
      watcher.on('error', later);
      this.#watchers.push(watcher);
    } catch (error) {
      later(error);
    }
  }

  /** One after the other, so that an older change cannot be told last. */
  readonly #compare = (): void => {
    this.#turn = this.#turn.then(async () => {
      const found = await this.#fingerprint();
      if (found === this.#seen) return;
      this.#seen = found;
      await this.#options.changed();
    });
  };

  async #fingerprint(): Promise<string> {
    const hash = createHash('sha256');
    for (const path of this.#options.paths) {
      const content = await readFile(path).catch(() => 'unreadable');
      hash.update(`${content.length} `).update(content);
    }
    return hash.digest('hex');
  }
}
