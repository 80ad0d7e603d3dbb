/** A file of the log: its name, its header, and how one is begun. */
import { crc32 } from 'node:zlib';
import type { Disk, DiskFile } from './disk.ts';
import { JournalError } from './journal-error.ts';

export const LOG_FOLDER = 'journal';
export const SEGMENT_HEADER_BYTES = 40;

const MAGIC = Buffer.from('SPMJ');
const FORMAT = 1;

/** `key`: random and never shown, so that no sender can plant bytes that pass for a record. */
export type JournalIdentity = Readonly<{ id: Buffer; key: number }>;

export type SegmentHeader = Readonly<{ identity: JournalIdentity; first: number }>;

/** A file is named after the first record that it may hold; the name is fixed before its content. */
export function segmentPath(first: number): string {
  return `${LOG_FOLDER}/${String(first).padStart(16, '0')}.log`;
}

/** Undefined: no name of a segment. */
export function firstOf(name: string): number | undefined {
  return /^\d{16}\.log$/.test(name) ? Number(name.slice(0, 16)) : undefined;
}

export function encodeSegmentHeader({ identity, first }: SegmentHeader): Buffer {
  const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
  bytes.set(MAGIC);
  bytes.writeUInt16LE(FORMAT, 4);
  bytes.writeUInt16LE(SEGMENT_HEADER_BYTES, 6);
  bytes.set(identity.id, 8);
  bytes.writeUIntLE(first, 24, 6);
  bytes.writeUInt32LE(identity.key, 32);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 36)), 36);
  return bytes;
}

/** Undefined: damaged, or no segment. Throws for one of a newer version. */
export function decodeSegmentHeader(bytes: Buffer): SegmentHeader | undefined {
  if (bytes.length < SEGMENT_HEADER_BYTES || !bytes.subarray(0, 4).equals(MAGIC)) return undefined;
  if (crc32(bytes.subarray(0, 36)) !== bytes.readUInt32LE(36)) return undefined;
  const format = bytes.readUInt16LE(4);
  if (format !== FORMAT) {
    throw new JournalError(
      65,
      `cannot read the journal: its format is ${format}, this spanmeter reads ${FORMAT}; use a newer one`,
    );
  }
  const identity = { id: Buffer.from(bytes.subarray(8, 24)), key: bytes.readUInt32LE(32) };
  return { identity, first: bytes.readUIntLE(24, 6) };
}

/** The open end of the log. */
export type SegmentFile = { readonly first: number; readonly file: DiskFile; size: number };

/** Durable with its name when this resolves; it may not be there yet. */
export async function createSegment(disk: Disk, header: SegmentHeader): Promise<SegmentFile> {
  const path = segmentPath(header.first);
  const file = await disk.open(path, 'create');
  try {
    await file.write([encodeSegmentHeader(header)], 0);
    await file.sync();
    await disk.syncDir(LOG_FOLDER);
  } catch (error) {
    await file.close();
    await disk.unlink(path);
    await disk.syncDir(LOG_FOLDER); // if it came back, it would end the segment before it early
    throw error;
  }
  return { first: header.first, file, size: SEGMENT_HEADER_BYTES };
}

/**
 * Begins a segment with these records in place of what may stand under its name. Never the old file cut short: after a failed
 * sync the system shows bytes that the disk does not have.
 */
export async function rewriteSegment(disk: Disk, header: SegmentHeader, records: readonly Uint8Array[]): Promise<SegmentFile> {
  const path = segmentPath(header.first);
  const content = [encodeSegmentHeader(header), ...records];
  const file = await disk.open(`${path}.tmp`, 'create');
  await file.write(content, 0);
  await file.sync();
  await disk.rename(`${path}.tmp`, path);
  await disk.syncDir(LOG_FOLDER);
  return { first: header.first, file, size: content.reduce((sum, { byteLength }) => sum + byteLength, 0) };
}
