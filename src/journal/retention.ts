/** Deletes what nobody needs any more, and, at the limit, gives up the oldest of what somebody still needs. */
import type { Logger } from '../component/contract.ts';
import { type Disk, isBroken, isFull } from './disk.ts';
import { diskFailed } from './journal-error.ts';
import type { Log, Segment } from './log.ts';
import { LOG_FOLDER, segmentPath } from './segment.ts';
import type { Snapshots } from './snapshots.ts';

export type RetentionHost = Readonly<{
  disk: Disk;
  log: Log;
  snapshots: Snapshots;
  maxBytes: number;
  /** To be left free for others; undefined: what suits the file system. */
  minFreeBytes: number | undefined;
  /** Up to here every reader has settled, by the word of the durable log. */
  settled: () => number;
  /** Makes the log know where the readers are; durable when it resolves. */
  logCursors: () => Promise<void>;
  /** Readers lose what waits up to here. */
  giveUp: (last: number) => Promise<void>;
  /** The disk is breaking. */
  failed: (error: Error) => void;
  logger: Logger;
}>;

const MIN_SEGMENTS = 2;
const MIN_FREE_BYTES = 512 * 1_048_576;
const MIN_FREE_SHARE = 0.05;

export class Retention {
  readonly #host: RetentionHost;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(host: RetentionHost) {
    this.#host = host;
  }

  /** In the background; one at a time. */
  run(): Promise<void> {
    this.#running ??= this.#run()
      .catch((error: unknown) => {
        if (isBroken(error)) this.#host.failed(diskFailed('make room in the journal', error));
        else this.#host.logger.error('cannot make room in the journal', { error });
      })
      .finally(() => {
        this.#running = undefined;
      });
    return this.#running;
  }

  /** Begins nothing more. Resolves when nothing is under way; what is left to do, the next process does. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    const { log } = this.#host;
    await this.#deleteOld();
    for (const limit = await this.#limit(); log.bytes > limit && log.segments.length > MIN_SEGMENTS && !this.#stopped; ) {
      const [oldest] = log.segments;
      if (oldest === undefined || !(await this.#freeOldest(oldest))) return;
    }
  }

  /** Segments that both snapshots and every cursor have passed. */
  async #deleteOld(): Promise<void> {
    const { log, snapshots, settled, logCursors } = this.#host;
    const [, second] = log.segments;
    if (second === undefined || snapshots.keptFrom < second.first - 1) return;
    await logCursors();
    const passed = Math.min(snapshots.keptFrom, settled());
    for (const [index, { first }] of log.segments.entries()) {
      const next = log.segments[index + 1];
      if (next === undefined || next.first - 1 > passed || this.#stopped) return;
      await this.#unlink(first);
    }
  }

  /** What moves past it is durable before it goes: the other way round, a crash would find neither. */
  async #freeOldest({ first }: Segment): Promise<boolean> {
    const { log, snapshots, settled, logCursors, giveUp } = this.#host;
    const last = log.after(first) - 1;
    await giveUp(last);
    await logCursors();
    for (let tries = 0; snapshots.keptFrom < last; tries++) {
      if (tries === MIN_SEGMENTS || !(await snapshots.take())) return false;
    }
    if (settled() < last) return false;
    await this.#unlink(first);
    return true;
  }

  async #unlink(first: number): Promise<void> {
    await this.#host.disk.unlink(segmentPath(first));
    this.#host.log.remove(first);
    await this.#host.disk.syncDir(LOG_FOLDER);
  }

  async #limit(): Promise<number> {
    const { disk, log, maxBytes, minFreeBytes } = this.#host;
    try {
      const { freeBytes, totalBytes } = await disk.space();
      const free = minFreeBytes ?? Math.max(MIN_FREE_BYTES, MIN_FREE_SHARE * totalBytes);
      return Math.min(maxBytes, log.bytes + freeBytes - free);
    } catch (error) {
      if (isFull(error)) return maxBytes;
      throw error;
    }
  }
}
