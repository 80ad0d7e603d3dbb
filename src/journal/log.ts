/** The segments of the log in order, and reading them page by page. */
import { codeOf, type Disk, type DiskFile } from './disk.ts';
import { findRecords, type LogRecord } from './log-records.ts';
import { PageBuffer } from './page-buffer.ts';
import { RECORD_HEADER_BYTES } from './record.ts';
import { SEGMENT_HEADER_BYTES, segmentPath } from './segment.ts';

/** `offset`: where a record begins. */
export type Place = Readonly<{ segment: number; offset: number }>;

/** `next`: where to go on; there may be nothing yet. */
export type Page = Readonly<{ records: readonly LogRecord[]; next: Place }>;

export type Segment = Readonly<{ first: number; bytes: number }>;

/** For whoever reads the whole log; it is dearer to open a segment anew than to hold this for a while. */
const SCAN_BYTES = 4 * 1_048_576;

export class Log {
  readonly #disk: Disk;
  readonly #key: number;
  /** Bytes by first sequence number, in order. */
  readonly #bytesByFirst = new Map<number, number>();

  constructor(disk: Disk, key: number, segments: readonly Segment[]) {
    this.#disk = disk;
    this.#key = key;
    for (const { first, bytes } of segments) this.#bytesByFirst.set(first, bytes);
  }

  get bytes(): number {
    return this.#bytesByFirst.values().reduce((sum, bytes) => sum + bytes, 0);
  }

  /** Oldest first. */
  get segments(): readonly Segment[] {
    return [...this.#bytesByFirst].map(([first, bytes]) => ({ first, bytes }));
  }

  /** The newest one, or what was added to it. */
  grow(first: number, bytes: number): void {
    this.#bytesByFirst.set(first, bytes);
  }

  remove(first: number): void {
    this.#bytesByFirst.delete(first);
  }

  /** First sequence number of the segment after this one. */
  after(first: number): number {
    for (const other of this.#bytesByFirst.keys()) if (other > first) return other;
    return Number.POSITIVE_INFINITY;
  }

  /** The start of the segment that has this record, or of the oldest one. */
  startOf(seq: number): Place | undefined {
    let segment: number | undefined;
    for (const first of this.#bytesByFirst.keys()) {
      if (segment === undefined || first <= seq) segment = first;
    }
    return segment === undefined ? undefined : { segment, offset: SEGMENT_HEADER_BYTES };
  }

  /** Where the records from `first` on stood that are missing between these places; a segment that is not there has no bytes. */
  placeBetween(end: Place, next: Place, first: number): Place {
    if (end.segment === next.segment || end.offset < (this.#bytesByFirst.get(end.segment) ?? 0)) return end;
    const between = this.#bytesByFirst.keys().find((segment) => segment > end.segment && segment < next.segment);
    if (between !== undefined) return { segment: between, offset: SEGMENT_HEADER_BYTES };
    return next.offset > SEGMENT_HEADER_BYTES ? { ...next, offset: SEGMENT_HEADER_BYTES } : { segment: first, offset: 0 };
  }

  /** Nothing more is there now. */
  isEnd({ segment, offset }: Place): boolean {
    const bytes = this.#bytesByFirst.get(segment) ?? 0;
    return offset + RECORD_HEADER_BYTES > bytes && !Number.isFinite(this.after(segment));
  }

  /** From the start of the segment on that has the record after this one. */
  pagesAround(position: number): AsyncGenerator<readonly LogRecord[]> {
    return this.pages((this.startOf(position + 1)?.segment ?? position + 1) - 1);
  }

  /** From the record after `after` on; the records are good until the next page is asked for. */
  async *pages(after: number): AsyncGenerator<readonly LogRecord[]> {
    const buffer = new PageBuffer(SCAN_BYTES);
    let last = after;
    for (let place = this.startOf(after + 1); place !== undefined && !this.isEnd(place); ) {
      const page = await this.read(place, last, buffer);
      last = page.records.at(-1)?.seq ?? last;
      yield page.records;
      place = page.next;
    }
  }

  /** The records after `after` from this place on, as many as a page holds; good until the next page is read into `buffer`. */
  async read(from: Place, after: number, buffer = new PageBuffer(SCAN_BYTES)): Promise<Page> {
    const known = this.#bytesByFirst.get(from.segment) ?? 0;
    const file = await this.#open(from.segment);
    if (file === undefined) return { records: [], next: this.#beyond(from) };
    try {
      return await this.#readPage(file, known, from, after, buffer);
    } finally {
      await file.close();
    }
  }

  async #readPage(file: DiskFile, known: number, from: Place, after: number, buffer: PageBuffer): Promise<Page> {
    const { segment } = from;
    const size = Math.min(known, await file.size());
    let { offset } = from;
    let last = after;
    for (let wanted = buffer.pageBytes; ; ) {
      const left = size - offset;
      const room = buffer.take(Math.max(0, Math.min(wanted, left)));
      const bytes = room.subarray(0, await file.read(room, offset));
      const found = findRecords({ segment, offset, bytes, left, key: this.#key, after: last, before: this.after(segment) });
      offset += found.used;
      last = found.last;
      const ended = found.ended || left - found.used < RECORD_HEADER_BYTES || bytes.length < room.length;
      if (found.records.length > 0 || ended) {
        return { records: found.records, next: ended ? this.#behind(segment, known) : { segment, offset } };
      }
      wanted = Math.max(buffer.pageBytes, found.needs);
    }
  }

  /** A segment that is not there has nothing more, whatever was known of it. */
  #beyond(place: Place): Place {
    const following = this.after(place.segment);
    return Number.isFinite(following) ? { segment: following, offset: SEGMENT_HEADER_BYTES } : place;
  }

  /** Undefined: somebody has deleted it. */
  async #open(segment: number): Promise<DiskFile | undefined> {
    try {
      return await this.#disk.open(segmentPath(segment), 'read');
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Behind so many bytes of a segment, all of which have been read; there may be more by now. */
  #behind(segment: number, offset: number): Place {
    const following = this.after(segment);
    const more = this.#bytesByFirst.get(segment) !== offset;
    return more || !Number.isFinite(following) ? { segment, offset } : { segment: following, offset: SEGMENT_HEADER_BYTES };
  }
}
