/** The open end of the log: one write and one sync for a group of records, and what it means when either fails. */
import { type Disk, isFull } from './disk.ts';
import { type Draft, GroupBuffer, recordBytes } from './group-buffer.ts';
import { diskFailed } from './journal-error.ts';
import type { Log, Place } from './log.ts';
import { createSegment, type JournalIdentity, SEGMENT_HEADER_BYTES, type SegmentFile } from './segment.ts';

export type Written = Readonly<{ seq: number; timeMs: number; place: Place }>;

/** There is no room at the moment; nothing of the group is kept. */
export class FullError extends Error {}

export type LogWriterHost = Readonly<{
  disk: Disk;
  log: Log;
  identity: JournalIdentity;
  segmentBytes: number;
  now: () => number;
  /** A sync took this long. */
  observeSync: (seconds: number) => void;
  /** A segment was begun. */
  rolled: () => void;
}>;

export class LogWriter {
  readonly #host: LogWriterHost;
  readonly #buffer: GroupBuffer;
  #segment: SegmentFile;
  #seq: number;
  #timeMs: number;

  /** `seq`, `timeMs`: of the newest record, which is durable. */
  constructor(host: LogWriterHost, { segment, seq, timeMs }: Readonly<{ segment: SegmentFile; seq: number; timeMs: number }>) {
    this.#host = host;
    this.#buffer = new GroupBuffer(host.identity.key);
    this.#segment = segment;
    this.#seq = seq;
    this.#timeMs = timeMs;
  }

  /** Of the newest record; it and all before it are durable. */
  get seq(): number {
    return this.#seq;
  }

  get timeMs(): number {
    return this.#timeMs;
  }

  get segment(): number {
    return this.#segment.first;
  }

  /** All durable when it resolves. Throws a FullError and has kept nothing, or a JournalError after which nothing may be written. */
  async write(drafts: readonly Draft[]): Promise<readonly Written[]> {
    const { log, now, segmentBytes } = this.#host;
    const bytes = drafts.reduce((sum, draft) => sum + recordBytes(draft), 0);
    if (this.#segment.size > SEGMENT_HEADER_BYTES && this.#segment.size + bytes > segmentBytes) await this.#roll();
    const timeMs = Math.max(this.#timeMs, now());
    const first = this.#seq + 1;
    await this.#commit(this.#buffer.encode(drafts, { seq: first, synced: this.#seq, timeMs }));
    let offset = this.#segment.size;
    const written = drafts.map((draft, index) => {
      const place = { segment: this.#segment.first, offset };
      offset += recordBytes(draft);
      return { seq: first + index, timeMs, place };
    });
    this.#segment.size = offset;
    this.#seq += written.length;
    this.#timeMs = timeMs;
    log.grow(this.#segment.first, offset);
    return written;
  }

  /** Whether this much could be written now. */
  async hasRoomFor(bytes: number): Promise<boolean> {
    try {
      await this.#put([Buffer.alloc(bytes)]);
      await this.#cutBack();
      return true;
    } catch (error) {
      if (error instanceof FullError) return false;
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#segment.file.close();
  }

  async #commit(buffers: readonly Uint8Array[]): Promise<void> {
    await this.#put(buffers);
    const began = performance.now();
    try {
      await this.#segment.file.sync();
    } catch (error) {
      // A second sync would succeed without having written what the first one lost.
      throw diskFailed('sync the journal', error);
    }
    this.#host.observeSync((performance.now() - began) / 1000);
  }

  async #put(buffers: readonly Uint8Array[]): Promise<void> {
    try {
      await this.#segment.file.write(buffers, this.#segment.size);
    } catch (error) {
      if (!isFull(error)) throw diskFailed('write to the journal', error);
      await this.#cutBack(); // a part of a record may be there
      throw new FullError('cannot write to the journal: no room', { cause: error });
    }
  }

  async #cutBack(): Promise<void> {
    try {
      await this.#segment.file.truncate(this.#segment.size);
    } catch (error) {
      throw diskFailed('cut back the journal', error);
    }
  }

  async #roll(): Promise<void> {
    const { disk, log, identity, rolled } = this.#host;
    const full = this.#segment;
    try {
      this.#segment = await createSegment(disk, { identity, first: this.#seq + 1 });
    } catch (error) {
      if (isFull(error)) throw new FullError('cannot begin a segment of the journal: no room', { cause: error });
      throw diskFailed('begin a segment of the journal', error);
    }
    log.grow(this.#segment.first, this.#segment.size);
    await full.file.close();
    rolled();
  }
}
