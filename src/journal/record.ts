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
/** Encoding, mergeable, signal; a set bit above them is from a newer version. */
const KNOWN_FLAGS = 0b1_1111;
const TYPES: ReadonlySet<number> = new Set(Object.values(RECORD_TYPE));

/** `key`: of the journal; without it bytes inside a payload could pass for a record. */
export function encodeRecord(header: Omit<RecordHeader, 'payloadBytes'>, payload: readonly Uint8Array[], key: number): Buffer {
  const bytes = Buffer.alloc(RECORD_HEADER_BYTES);
  bytes.set(RECORD_MAGIC);
  bytes.writeUInt8(header.type, 2);
  bytes.writeUInt8(header.flags, 3);
  bytes.writeUInt32LE(
    payload.reduce((sum, { byteLength }) => sum + byteLength, 0),
    4,
  );
  bytes.writeUIntLE(header.seq, 8, 6);
  bytes.writeUIntLE(header.synced, 16, 6);
  bytes.writeUIntLE(header.timeMs, 24, 6);
  const headerCrc = crc32(bytes.subarray(0, 32), key);
  bytes.writeUInt32LE(headerCrc, 32);
  bytes.writeUInt32LE(
    payload.reduce((crc, part) => crc32(part, crc), headerCrc),
    36,
  );
  return bytes;
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
