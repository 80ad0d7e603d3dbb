/** Finds the bytes of a file of records that are none, and those of records that are not what was written. */
import type { LogRecord } from './log-records.ts';
import { SEGMENT_HEADER_BYTES } from './segment.ts';

/** `after`: the last whole record before it. */
export type Hole = Readonly<{ offset: number; bytes: number; after: number }>;

export class Holes {
  readonly found: Hole[] = [];
  #end = SEGMENT_HEADER_BYTES;
  #last: number;

  /** `last`: the last whole record of the files before. */
  constructor(last = 0) {
    this.#last = last;
  }

  get last(): number {
    return this.#last;
  }

  /** In the order in which they stand. */
  see({ seq, offset, bytes, intact }: LogRecord): void {
    this.end(offset);
    if (!intact) this.#add(offset, bytes.length);
    else this.#last = seq;
    this.#end = offset + bytes.length;
  }

  /** What has not been seen up to here is no record. */
  end(offset: number): void {
    if (offset > this.#end) this.#add(this.#end, offset - this.#end);
    this.#end = Math.max(this.#end, offset);
  }

  #add(offset: number, bytes: number): void {
    const before = this.found.at(-1);
    if (before === undefined || before.offset + before.bytes < offset) this.found.push({ offset, bytes, after: this.#last });
    else this.found.splice(-1, 1, { ...before, bytes: before.bytes + bytes });
  }
}
