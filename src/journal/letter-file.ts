/** Dead letters as they stand in a file: one record each, with what was refused, why, and its bytes. */
import { z } from 'zod';
import type { DeadLetter } from './contract.ts';
import { codeOf, createFile, type Disk, readWhole } from './disk.ts';
import { type Hole, Holes } from './holes.ts';
import { findRecords, type LogRecord } from './log-records.ts';
import { decodeFlags, encodeFlags } from './payload.ts';
import { quarantine } from './quarantine.ts';
import { encodeRecord, RECORD_TYPE } from './record.ts';
import { decodeSegmentHeader, encodeSegmentHeader, SEGMENT_HEADER_BYTES, type SegmentHeader } from './segment.ts';

export const DEAD_FOLDER = 'dead';

/** `seq` is no other letter's, of whatever exporter. */
export type KeptLetter = DeadLetter & Readonly<{ seq: number }>;

export type LetterFile = Readonly<{
  /** Undefined: damaged, and without it no letter can be told from other bytes. */
  header: SegmentHeader | undefined;
  size: number;
  letters: readonly KeptLetter[];
  /** As they stand on disk, one for each letter. */
  records: readonly Buffer[];
  /** Bytes before a letter that are none, and letters that are not what was written. */
  damaged: readonly Hole[];
  /** Written when the end came. */
  tornBytes: number;
}>;

const MAX_REASON_CHARACTERS = 1_024;

const Head = z.object({ exporter: z.string(), spans: z.number(), bodySpans: z.number(), reason: z.string() });

export function letterFolder(exporter: string): string {
  return `${DEAD_FOLDER}/${encodeURIComponent(exporter)}`;
}

/** Undefined: no name of such a folder. */
export function exporterOf(folder: string): string | undefined {
  try {
    const exporter = decodeURIComponent(folder);
    return encodeURIComponent(exporter) === folder ? exporter : undefined;
  } catch {
    return undefined; // not ours: none that we make has a stray "%"
  }
}

/** A file is named after a number that is below those of its letters. */
export function letterPath(exporter: string, first: number): string {
  return `${letterFolder(exporter)}/${String(first).padStart(16, '0')}.log`;
}

export function encodeLetter(
  { exporter, timeMs, signal, body, ...rest }: DeadLetter,
  seq: number,
  key: number,
): readonly Uint8Array[] {
  const { spans, bodySpans, reason } = rest;
  const head = Buffer.from(JSON.stringify({ exporter, spans, bodySpans, reason: reason.slice(0, MAX_REASON_CHARACTERS) }));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(head.length);
  const payload = [length, head, body.bytes];
  const flags = encodeFlags({ encoded: body, batch: { signal } });
  return [encodeRecord({ type: RECORD_TYPE.deadLetter, flags, seq, synced: 0, timeMs }, payload, key), ...payload];
}

/** Undefined: it is gone. */
export async function readLetters(disk: Disk, path: string): Promise<LetterFile | undefined> {
  let bytes: Buffer;
  try {
    bytes = await readWhole(disk, path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  const header = decodeSegmentHeader(bytes);
  const content = bytes.subarray(SEGMENT_HEADER_BYTES);
  const records =
    header === undefined
      ? []
      : findRecords({
          segment: header.first,
          offset: SEGMENT_HEADER_BYTES,
          bytes: content,
          left: content.length,
          key: header.identity.key,
          after: 0,
          before: Number.POSITIVE_INFINITY,
        }).records;
  const holes = new Holes();
  for (const record of records) holes.see(record);
  holes.end(bytes.length);
  // A letter is synced before the next one is written: what is behind the last whole one was never kept.
  const torn = holes.found.find(({ offset, bytes: length }) => header !== undefined && offset + length === bytes.length);
  const whole = records.filter(({ intact, type }) => intact && type === RECORD_TYPE.deadLetter);
  return {
    header,
    size: bytes.length,
    letters: whole.map(decodeLetter),
    records: whole.map((record) => record.bytes),
    damaged: holes.found.filter((hole) => hole !== torn),
    tornBytes: torn?.bytes ?? 0,
  };
}

/** Puts a file with these records alone in its place, durably; without any, nothing. */
export async function rewriteLetters(
  disk: Disk,
  path: string,
  header: SegmentHeader,
  records: readonly Uint8Array[],
): Promise<number> {
  const folder = path.slice(0, path.lastIndexOf('/'));
  if (records.length === 0) {
    await disk.unlink(path);
    await disk.syncDir(folder);
    return 0;
  }
  const content = [encodeSegmentHeader(header), ...records];
  const file = await createFile(disk, `${path}.tmp`, content);
  await file.close();
  await disk.rename(`${path}.tmp`, path);
  await disk.syncDir(folder);
  return content.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/** Their bytes are gone when it resolves with what is left of the file; undefined: it has none of them. */
export async function removeLetters(
  disk: Disk,
  path: string,
  goes: (letter: KeptLetter) => boolean,
): Promise<number | undefined> {
  const found = await readLetters(disk, path);
  if (found?.header === undefined || !found.letters.some(goes)) return undefined;
  if (found.damaged.length > 0) await quarantine(disk, path);
  const kept = found.letters.flatMap((letter, index) => (goes(letter) ? [] : (found.records[index] ?? [])));
  return rewriteLetters(disk, path, found.header, kept);
}

function decodeLetter({ seq, timeMs, flags, payload }: LogRecord): KeptLetter {
  const headEnd = 4 + payload.readUInt32LE();
  const { signal, encoding, mergeable } = decodeFlags(flags);
  const head = Head.parse(JSON.parse(payload.toString('utf8', 4, headEnd)));
  return { ...head, seq, timeMs, signal, body: { encoding, mergeable, bytes: payload.subarray(headEnd) } };
}
