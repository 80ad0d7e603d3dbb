/** The file of a snapshot: sections with a position of their own each, every one checked, and all of them together. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { type Disk, type DiskFile, isBroken, readWhole } from './disk.ts';
import { JournalError } from './journal-error.ts';
import { type JournalIdentity, LOG_FOLDER } from './segment.ts';

/** The state after the record at `position`, of one part of what a snapshot holds. */
export type Section = Readonly<{ name: string; position: number; parts: readonly Uint8Array[] | Promise<readonly Uint8Array[]> }>;

export type Snapshot = Readonly<{
  number: number;
  identity: JournalIdentity;
  bytes: number;
  sections: readonly Readonly<{ name: string; position: number; content: Buffer }>[];
}>;

const MAGIC = Buffer.from('SPMS');
const FORMAT = 1;
const HEADER_BYTES = 32;
const SECTION_HEADER_BYTES = 24;
const SLICE_BYTES = 1_048_576;

export function snapshotPath(number: number): string {
  return `${LOG_FOLDER}/snapshot-${String(number).padStart(16, '0')}.bin`;
}

/** Undefined: no name of a snapshot. */
export function numberOf(name: string): number | undefined {
  return /^snapshot-\d{16}\.bin$/.test(name) ? Number(name.slice(9, 25)) : undefined;
}

/** The first position that a reader of it has to start from. */
export function lowestPosition(sections: readonly Readonly<{ position: number }>[]): number {
  return Math.min(...sections.map(({ position }) => position));
}

type Written = Readonly<{ number: number; position: number; bytes: number }>;

/**
 * Writes the sections as they are asked for, each in its own turns of the loop, and puts the file in place durably. Its name is
 * its position, or `least` where another one has that already.
 */
export async function writeSnapshot(
  disk: Disk,
  identity: JournalIdentity,
  least: number,
  sections: Iterable<Section>,
): Promise<Written> {
  const temporary = `${LOG_FOLDER}/snapshot.tmp`;
  const file = await disk.open(temporary, 'create');
  try {
    const { position, bytes } = await writeSections(file, identity, sections);
    await file.sync();
    await file.close();
    const number = Math.max(least, position);
    await disk.rename(temporary, snapshotPath(number));
    await disk.syncDir(LOG_FOLDER);
    return { number, position, bytes };
  } catch (error) {
    const cleanedUp = cleanUp(disk, file, temporary);
    if (!isBroken(error)) await cleanedUp; // of a disk that fails everybody has to know before it is used again
    throw error;
  }
}

/** Closed already, or the disk is gone: the first fault tells. */
async function cleanUp(disk: Disk, file: DiskFile, path: string): Promise<void> {
  await file.close().catch(() => undefined);
  await disk.unlink(path).catch(() => undefined);
}

async function writeSections(file: DiskFile, identity: JournalIdentity, sections: Iterable<Section>) {
  const positions: Readonly<{ position: number }>[] = [];
  let at = 0;
  let crc = 0;
  const put = async (bytes: Uint8Array) => {
    for (const slice of slicesOf(bytes)) {
      crc = crc32(slice, crc);
      await file.write([slice], at);
      at += slice.byteLength;
    }
  };
  await put(encodeFileHeader(identity));
  for (const { name, position, parts: made } of sections) {
    positions.push({ position });
    const parts = await made;
    await put(encodeSectionHeader(name, position, parts, await checksum(parts, identity.key)));
    for (const part of parts) await put(part);
  }
  const end = Buffer.alloc(4);
  end.writeUInt32LE(crc);
  await file.write([end], at);
  return { position: lowestPosition(positions), bytes: at + end.length };
}

function* slicesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let from = 0; from < bytes.byteLength; from += SLICE_BYTES) yield bytes.subarray(from, from + SLICE_BYTES);
}

/** Undefined: damaged. Throws for one of a newer version. */
export async function readSnapshot(disk: Disk, number: number): Promise<Snapshot | undefined> {
  const path = snapshotPath(number);
  const bytes = await readWhole(disk, path);
  if (bytes.length < HEADER_BYTES + 4 || !bytes.subarray(0, 4).equals(MAGIC)) return undefined;
  const end = bytes.length - 4;
  if (crc32(bytes.subarray(0, end)) !== bytes.readUInt32LE(end)) return undefined;
  const format = bytes.readUInt16LE(4);
  if (format !== FORMAT) {
    throw new JournalError(65, `cannot read "${path}": its format is ${format}, this spanmeter reads ${FORMAT}; use a newer one`);
  }
  const identity = { id: Buffer.from(bytes.subarray(8, 24)), key: bytes.readUInt32LE(24) };
  const sections: Snapshot['sections'][number][] = [];
  for (let at = HEADER_BYTES; at < end; ) {
    const nameBytes = bytes.readUInt16LE(at);
    const position = bytes.readUIntLE(at + 2, 6);
    const contentBytes = bytes.readUIntLE(at + 8, 6);
    const nameEnd = at + SECTION_HEADER_BYTES + nameBytes;
    const content = bytes.subarray(nameEnd, nameEnd + contentBytes);
    if (crc32(content, identity.key) !== bytes.readUInt32LE(at + 16)) return undefined;
    sections.push({ name: bytes.toString('utf8', at + SECTION_HEADER_BYTES, nameEnd), position, content });
    at = nameEnd + contentBytes;
  }
  return sections.length === 0 ? undefined : { number, identity, bytes: bytes.length, sections };
}

function encodeFileHeader({ id, key }: JournalIdentity): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.set(MAGIC);
  header.writeUInt16LE(FORMAT, 4);
  header.writeUInt16LE(HEADER_BYTES, 6);
  header.set(id, 8);
  header.writeUInt32LE(key, 24);
  return header;
}

/** One slice per turn of the loop. */
async function checksum(parts: readonly Uint8Array[], key: number): Promise<number> {
  let crc = key;
  for (const part of parts) {
    for (const slice of slicesOf(part)) {
      crc = crc32(slice, crc);
      await nextTurn();
    }
  }
  return crc;
}

function encodeSectionHeader(name: string, position: number, parts: readonly Uint8Array[], crc: number): Buffer {
  const nameBytes = Buffer.from(name);
  const contentBytes = parts.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const header = Buffer.alloc(SECTION_HEADER_BYTES + nameBytes.length);
  header.writeUInt16LE(nameBytes.length);
  header.writeUIntLE(position, 2, 6);
  header.writeUIntLE(contentBytes, 8, 6);
  header.writeUInt32LE(crc, 16);
  header.set(nameBytes, SECTION_HEADER_BYTES);
  return header;
}
