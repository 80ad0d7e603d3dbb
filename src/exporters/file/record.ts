/** Turns a batch into the bytes that stand for it in a file, and tells whether a file ends behind one. */
import type { FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { zstdCompress } from 'node:zlib';
import type { Batch } from '../../data/batch.ts';
import { encodeTracesJson } from '../../otlp/json.ts';
import { encodeTracesProtobuf } from '../../otlp/protobuf/encode.ts';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const LENGTH_BYTES = 4;

const compress = promisify(zstdCompress);

/** A line if it is JSON and not compressed; else behind its length in 4 bytes, the high one first. */
export async function recordOf(batch: Batch<'traces'>, format: 'json' | 'proto', compressed: boolean): Promise<Uint8Array> {
  if (format === 'json' && !compressed) return line(encodeTracesJson(batch).bytes);
  const { bytes } = format === 'json' ? encodeTracesJson(batch) : encodeTracesProtobuf(batch);
  return framed(compressed ? await compress(bytes) : bytes);
}

/** Resolves with whether a file of this size ends behind a record. */
export type IsWhole = (file: FileHandle, sizeBytes: number) => Promise<boolean>;

export function isWhole(lines: boolean): IsWhole {
  return lines ? endsWithLine : endsWithFrame;
}

/** JSON has no line breaks but between its tokens, where a space says the same. */
function line(bytes: Uint8Array): Uint8Array {
  const record = new Uint8Array(bytes.length + 1);
  record.set(bytes);
  for (const end of [LINE_FEED, CARRIAGE_RETURN]) {
    for (let index = record.indexOf(end); index >= 0; index = record.indexOf(end, index + 1)) record[index] = SPACE;
  }
  record[bytes.length] = LINE_FEED;
  return record;
}

function framed(bytes: Uint8Array): Uint8Array {
  const record = Buffer.alloc(LENGTH_BYTES + bytes.length);
  record.writeUInt32BE(bytes.length);
  record.set(bytes, LENGTH_BYTES);
  return record;
}

async function endsWithLine(file: FileHandle, sizeBytes: number): Promise<boolean> {
  if (sizeBytes === 0) return true;
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, sizeBytes - 1);
  return buffer[0] === LINE_FEED;
}

/** Goes from length to length. */
async function endsWithFrame(file: FileHandle, sizeBytes: number): Promise<boolean> {
  const length = Buffer.alloc(LENGTH_BYTES);
  let offset = 0;
  while (offset + LENGTH_BYTES <= sizeBytes) {
    await file.read(length, 0, LENGTH_BYTES, offset);
    offset += LENGTH_BYTES + length.readUInt32BE();
  }
  return offset === sizeBytes;
}
