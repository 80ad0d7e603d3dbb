/** The bytes of one record of the log: a header that is checked for itself, and a payload that is checked after it. */
import { crc32 } from 'node:zlib';
import { JournalError } from './journal-error.ts';

export const RECORD_HEADER_BYTES = 40;

/** 5 fills the place of records that a crash took before anybody was told of them. */
export const RECORD_TYPE = { batch: 1, cursor: 2, graph: 3, deadLetter: 4, gap: 5 } as const;
export type RecordType = (typeof RECORD_TYPE)[keyof typeof RECORD_TYPE];

export type RecordHeader = Readonly<{
  type: RecordType;
  flags: number;
  payloadBytes: number;
  seq: number;
  /** The highest sequence number that was durable when this record was written. */
  synced: number;
  timeMs: number;
}>;

export const RECORD_MAGIC = Buffer.from([0xc5, 0x9a]);
/** Encoding, mergeable, signal, part of a request; a set bit above them is from a newer version. */
const KNOWN_FLAGS = 0b111_1111;
const TYPES: ReadonlySet<number> = new Set(Object.values(RECORD_TYPE));

/** The header of a record that stands by itself. */
export function encodeRecord(header: Omit<RecordHeader, 'payloadBytes'>, payload: readonly Uint8Array[], key: number): Buffer {
  const bytes = Buffer.alloc(RECORD_HEADER_BYTES);
  const payloadBytes = payload.reduce((sum, { byteLength }) => sum + byteLength, 0);
  sealRecord(bytes, 0, { ...header, payloadBytes }, key, (crc) => payload.reduce((sum, part) => crc32(part, sum), crc));
  return bytes;
}

/**
 * Writes a header. `key`: of the journal; without it bytes inside a payload could pass for a record. `payloadCrc`: the checksum
 * of the payload that starts from this value.
 */
export function sealRecord(
  bytes: Buffer,
  at: number,
  { type, flags, payloadBytes, seq, synced, timeMs }: RecordHeader,
  key: number,
  payloadCrc: (start: number) => number,
): void {
  bytes.set(RECORD_MAGIC, at);
  bytes.writeUInt8(type, at + 2);
  bytes.writeUInt8(flags, at + 3);
  bytes.writeUInt32LE(payloadBytes, at + 4);
  writeUint64(bytes, seq, at + 8);
  writeUint64(bytes, synced, at + 16);
  writeUint64(bytes, timeMs, at + 24);
  const headerCrc = crc32(bytes.subarray(at, at + 32), key);
  bytes.writeUInt32LE(headerCrc, at + 32);
  bytes.writeUInt32LE(payloadCrc(headerCrc), at + 36);
}

/** The upper two bytes are never used. */
function writeUint64(bytes: Buffer, value: number, at: number): void {
  bytes.writeUIntLE(value, at, 6);
  bytes.writeUInt16LE(0, at + 6);
}

/** Undefined where no record begins. Throws for a record of a newer version. */
export function decodeHeader(bytes: Buffer, at: number, key: number): RecordHeader | undefined {
  if (bytes[at] !== RECORD_MAGIC[0] || bytes[at + 1] !== RECORD_MAGIC[1]) return undefined;
  if (crc32(bytes.subarray(at, at + 32), key) !== bytes.readUInt32LE(at + 32)) return undefined;
  const payloadBytes = bytes.readUInt32LE(at + 4);
  if (payloadBytes === 0) return undefined;
  const type = bytes.readUInt8(at + 2);
  const flags = bytes.readUInt8(at + 3);
  if (!isRecordType(type) || (flags & ~KNOWN_FLAGS) !== 0) {
    throw new JournalError(65, `cannot read the journal: record type ${type} with flags ${flags} is from a newer spanmeter`);
  }
  return {
    type,
    flags,
    payloadBytes,
    seq: bytes.readUIntLE(at + 8, 6),
    synced: bytes.readUIntLE(at + 16, 6),
    timeMs: bytes.readUIntLE(at + 24, 6),
  };
}

/** The whole record lies in `bytes`. */
export function payloadIsIntact(bytes: Buffer, at: number, { payloadBytes }: RecordHeader): boolean {
  const start = at + RECORD_HEADER_BYTES;
  return crc32(bytes.subarray(start, start + payloadBytes), bytes.readUInt32LE(at + 32)) === bytes.readUInt32LE(at + 36);
}

function isRecordType(type: number): type is RecordType {
  return TYPES.has(type);
}
