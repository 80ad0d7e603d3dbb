/** Has a running daemon go over to its config as it is now: when a signal asks for it, and when a file has changed. */
import { resolve } from 'node:path';
import type { Lifecycle } from '../component/contract.ts';
import { FileChanges } from '../component/file-changes.ts';
import { BUILT_IN_NAME } from '../config/built-in.ts';
import type { Daemon, PlannedConfig } from '../daemon.ts';
import type { Plan } from '../graph/plan.ts';
import type { RootLogger } from '../telemetry/logger.ts';
import { tellFaults } from './foreground.ts';

export type ReloadOptions = Readonly<{
  /** Named relative to it. */
  files: readonly string[];
  directory: string;
  read: () => PlannedConfig;
  daemon: Pick<Daemon, 'reload'>;
  logger: RootLogger;
}>;

export class ConfigReload implements Lifecycle {
  readonly #options: ReloadOptions;
  readonly #changes: FileChanges;
  #waiting = false;

  constructor(options: ReloadOptions) {
    const { files, directory, logger } = options;
    this.#options = options;
    const paths = files.filter((file) => file !== BUILT_IN_NAME).map((file) => resolve(directory, file));
    this.#changes = new FileChanges({ paths, logger, changed: () => this.reload('a changed file') });
  }

  async start(): Promise<void> {
    await this.#changes.start();
  }

  async shutdown(): Promise<void> {
    await this.#changes.shutdown();
  }

  /** Never rejects: what is wrong is told in the log. */
  async reload(asked: string): Promise<void> {
    if (this.#waiting) return; // the one that waits will read what is there then
    this.#waiting = true;
    const { daemon, logger } = this.#options;
    try {
      let hash: string | undefined;
      await daemon.reload(() => {
        this.#waiting = false;
        logger.info('reloading the config', { asked_by: asked });
        const read = this.#read();
        hash = read.hash;
        return read.plan;
      });
      logger.info('the config is in use', { hash });
    } catch (error) {
      logger.error('cannot reload the config; the one before stays in use', { error });
    }
  }

  #read(): Readonly<{ plan: Plan; hash: string | undefined }> {
    const { read, logger } = this.#options;
    const { plan, document, faults } = read();
    tellFaults(faults, logger);
    if (plan === undefined) throw new Error('it has errors');
    return { plan, hash: document?.hash };
  }
}
