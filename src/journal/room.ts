/** Knows whether the disk has room; when it has not, frees some and looks again until it has. */
import type { Logger } from '../component/contract.ts';
import type { Alarms } from './alarms.ts';
import type { Obstacle } from './contract.ts';

export type RoomHost = Readonly<{
  alarms: Alarms;
  logger: Logger;
  /** Deletes what may be deleted; then: whether requests could be written now. */
  makeRoom: () => Promise<boolean>;
  /** There is room again. */
  resumed: () => void;
  failed: (error: unknown) => void;
  now: () => number;
}>;

const PROBE_MS = 2_000;

export class Room {
  readonly #host: RoomHost;
  #obstacle: Obstacle | undefined;

  constructor(host: RoomHost) {
    this.#host = host;
  }

  get full(): boolean {
    return this.#obstacle !== undefined;
  }

  get obstacle(): Obstacle | undefined {
    return this.#obstacle;
  }

  ranOut(error: Error): void {
    if (this.full) return;
    this.#obstacle = { sinceMs: this.#host.now(), error };
    this.#host.logger.error('the disk of the journal is full; requests are refused until there is room', { error });
    this.#probeLater();
  }

  #probeLater(): void {
    this.#host.alarms.after(PROBE_MS, () => void this.#probe().catch(this.#host.failed));
  }

  async #probe(): Promise<void> {
    if (!(await this.#host.makeRoom())) return this.#probeLater();
    this.#obstacle = undefined;
    this.#host.logger.info('the disk of the journal has room again; requests are taken');
    this.#host.resumed();
  }
}
