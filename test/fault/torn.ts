/** Looks at the end of a log after a crash, with a reader of the format of its own: whether a record was cut there. */
import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';

const SEGMENT_HEADER_BYTES = 40;
const RECORD_HEADER_BYTES = 40;

/** There is something behind the last whole record. */
export function hasTornTail(path: string): boolean {
  const bytes = readFileSync(path);
  if (bytes.length < SEGMENT_HEADER_BYTES) return bytes.length > 0;
  const key = bytes.readUInt32LE(32);
  let at = SEGMENT_HEADER_BYTES;
  for (let end = endOf(bytes, at, key); end !== undefined; end = endOf(bytes, at, key)) at = end;
  return at < bytes.length;
}

/** Undefined: no whole record stands there. */
function endOf(bytes: Buffer, at: number, key: number): number | undefined {
  const start = at + RECORD_HEADER_BYTES;
  if (start > bytes.length) return undefined;
  const headerCrc = crc32(bytes.subarray(at, at + 32), key);
  const end = start + bytes.readUInt32LE(at + 4);
  if (headerCrc !== bytes.readUInt32LE(at + 32) || end > bytes.length) return undefined;
  return crc32(bytes.subarray(start, end), headerCrc) === bytes.readUInt32LE(at + 36) ? end : undefined;
}
