/** Takes snapshots in the background and keeps the two newest. */
import type { Diagnostics, Logger } from '../component/contract.ts';
import { type Disk, isBroken, isFull } from './disk.ts';
import { diskFailed } from './journal-error.ts';
import type { JournalIdentity } from './segment.ts';
import { type Section, snapshotPath, writeSnapshot } from './snapshot-file.ts';

export type SnapshotsHost = Readonly<{
  disk: Disk;
  identity: JournalIdentity;
  sections: () => Iterable<Section>;
  /** Log between two snapshots, at least. */
  logBytes: number;
  /** Makes room; false: there was nothing to give back. */
  giveBackReserve: () => Promise<boolean>;
  /** The disk is breaking. */
  failed: (error: Error) => void;
  diagnostics: Diagnostics;
  logger: Logger;
}>;

/** `number`: in its name, rising; its position or more. */
export type KeptSnapshot = Readonly<{ number: number; position: number }>;

/** The graph changed while a snapshot was taken. */
const STALE = new Error('cannot finish the snapshot: another graph was bound');

const KEPT = 2;

export class Snapshots {
  readonly #host: SnapshotsHost;
  /** Of those on disk, oldest first. */
  #kept: readonly KeptSnapshot[];
  #bytes: number;
  #logBytesSince: number;
  /** Of these, when one could not be taken. */
  #failedAtBytes = 0;
  #generation = 0;
  #taking: Promise<boolean> | undefined;

  constructor(host: SnapshotsHost, found: Readonly<{ kept: readonly KeptSnapshot[]; bytes: number; logBytesSince: number }>) {
    this.#host = host;
    this.#kept = found.kept;
    this.#bytes = found.bytes;
    this.#logBytesSince = found.logBytesSince;
  }

  /** What the log must be kept back to, so that one bad snapshot costs time and no data. */
  get keptFrom(): number {
    return this.#kept.length < KEPT ? 0 : Math.min(...this.#kept.map(({ position }) => position));
  }

  /** So much was appended; true when it is time for the next one. */
  grew(bytes: number): boolean {
    this.#logBytesSince += bytes;
    return this.#logBytesSince >= this.#failedAtBytes + Math.max(this.#host.logBytes, 2 * this.#bytes);
  }

  get appendedSince(): boolean {
    return this.#logBytesSince > 0;
  }

  /** The graph in force changes: what is being taken is of no use. */
  invalidate(): void {
    this.#generation += 1;
  }

  /** True when there is a new one. One at a time; who comes later waits for the one that is under way. */
  take(): Promise<boolean> {
    this.#taking ??= this.#take().finally(() => {
      this.#taking = undefined;
    });
    return this.#taking;
  }

  async #take(): Promise<boolean> {
    for (;;) {
      try {
        await this.#write();
        return true;
      } catch (error) {
        const again = error === STALE || (isFull(error) && (await this.#host.giveBackReserve()));
        if (!again) return this.#gaveUp(error);
      }
    }
  }

  #gaveUp(error: unknown): false {
    const { failed, diagnostics, logger } = this.#host;
    this.#failedAtBytes = this.#logBytesSince;
    if (isBroken(error)) failed(diskFailed('take a snapshot of the journal', error));
    diagnostics.count('spanmeter_journal_snapshot_failures_total', {});
    logger.error('cannot take a snapshot of the journal; the next start takes longer', { error });
    return false;
  }

  async #write(): Promise<void> {
    const { disk, identity } = this.#host;
    const logBytes = this.#logBytesSince;
    const number = (this.#kept.at(-1)?.number ?? -1) + 1;
    const written = await writeSnapshot(disk, identity, number, this.#current(this.#generation));
    this.#logBytesSince -= logBytes;
    this.#failedAtBytes = 0;
    this.#bytes = written.bytes;
    const all = [...this.#kept, written];
    this.#kept = all.slice(-KEPT);
    for (const old of all.slice(0, -KEPT)) await disk.unlink(snapshotPath(old.number));
  }

  *#current(generation: number): Generator<Section> {
    for (const section of this.#host.sections()) {
      if (this.#generation !== generation) throw STALE;
      yield section;
    }
    if (this.#generation !== generation) throw STALE;
  }
}
