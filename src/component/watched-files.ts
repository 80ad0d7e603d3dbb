/** Loads what stands in files at start, and again when their content has changed: tokens, passwords, certificates. */
import type { Lifecycle, Logger } from './contract.ts';
import { FileChanges } from './file-changes.ts';

export type WatchedFilesOptions = Readonly<{
  /** None: loaded once. */
  paths: readonly string[];
  /** All of them anew. Rejects if they cannot be used. */
  load: () => Promise<void>;
  logger: Logger;
  /** How often to look, whatever the file system tells. */
  everyMs?: number | undefined;
}>;

export class WatchedFiles implements Lifecycle {
  readonly #options: WatchedFilesOptions;
  readonly #changes: FileChanges;

  constructor(options: WatchedFilesOptions) {
    this.#options = options;
    this.#changes = new FileChanges({ ...options, changed: () => this.#reload() });
  }

  /** Rejects if the first load does. If a later one does, that is logged, and what was loaded before stays in use. */
  async start(): Promise<void> {
    await this.#changes.look();
    await this.#options.load();
    await this.#changes.start();
  }

  async shutdown(): Promise<void> {
    await this.#changes.shutdown();
  }

  /** What cannot be used is not tried again until it changes. */
  async #reload(): Promise<void> {
    const { paths, load, logger } = this.#options;
    try {
      await load();
      logger.info('renewed files are in use', { paths });
    } catch (error) {
      logger.warn('cannot use renewed files; what they held before stays in use', { paths, error });
    }
  }
}
