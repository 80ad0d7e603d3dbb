/** Finds the records in a stretch of the log, stepping over what is damaged. */
import { decodeHeader, payloadIsIntact, RECORD_HEADER_BYTES, RECORD_MAGIC, type RecordHeader } from './record.ts';

/** A record where it stands in its segment. */
export type LogRecord = RecordHeader &
  Readonly<{
    segment: number;
    offset: number;
    /** Header and payload as they stand on disk; good until the next page is read. */
    bytes: Buffer;
    payload: Buffer;
    /** False: the payload is not what was written. */
    intact: boolean;
  }>;

/** The place behind it. */
export function endOf({ segment, offset, bytes }: LogRecord): Readonly<{ segment: number; offset: number }> {
  return { segment, offset: offset + bytes.length };
}

/** Where in the log a stretch of bytes was read. */
export type Stretch = Readonly<{
  segment: number;
  offset: number;
  bytes: Buffer;
  /** Bytes of the segment from `offset` on. */
  left: number;
  key: number;
  /** Records up to here have been seen; what does not rise is none. */
  after: number;
  /** The next segment begins here. */
  before: number;
}>;

/** `used`: how far the stretch was read. `needs`: bytes to read from there to see the next record. */
export type Found = Readonly<{ records: readonly LogRecord[]; used: number; needs: number; last: number; ended: boolean }>;

export function findRecords({ segment, offset, bytes, left, key, after, before }: Stretch): Found {
  const records: LogRecord[] = [];
  let last = after;
  let at = 0;
  while (at + RECORD_HEADER_BYTES <= bytes.length) {
    const header = decodeHeader(bytes, at, key);
    const end = at + RECORD_HEADER_BYTES + (header?.payloadBytes ?? 0);
    if (header === undefined || header.seq <= last || end > left) {
      at = nextPlace(bytes, at + 1);
      continue;
    }
    if (header.seq >= before) return { records, used: at, needs: 0, last, ended: true };
    if (end > bytes.length) return { records, used: at, needs: end - at, last, ended: false };
    const intact = payloadIsIntact(bytes, at, header);
    const payload = bytes.subarray(at + RECORD_HEADER_BYTES, end);
    records.push({ ...header, segment, offset: offset + at, bytes: bytes.subarray(at, end), payload, intact });
    last = header.seq;
    at = end;
  }
  return { records, used: at, needs: RECORD_HEADER_BYTES, last, ended: at + RECORD_HEADER_BYTES > left };
}

/** Where a record could begin. */
function nextPlace(bytes: Buffer, from: number): number {
  const found = bytes.indexOf(RECORD_MAGIC, from);
  // The last byte may be the first half of the mark.
  return found >= 0 ? found : Math.max(from, bytes.length - 1);
}
