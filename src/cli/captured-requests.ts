/** Reads OTLP requests back from a file: JSON lines, one request in JSON or protobuf, or length-prefixed ones, also compressed. */
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { zstdDecompress } from 'node:zlib';
import type { Encoding } from '../data/batch.ts';
import { decodeTracesProtobuf } from '../otlp/protobuf/decode.ts';

/** Its bytes as they were captured. `position`: the how manieth in its file, from 1. */
export type CapturedRequest = Readonly<{ position: number; bytes: Uint8Array; encoding: Encoding }>;

const LINE_FEED = 0x0a;
const BRACE = '{'.charCodeAt(0);
const LENGTH_BYTES = 4;
const CHUNK_BYTES = 1_048_576;
const ZSTD_MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

const decompress = promisify(zstdDecompress);

/** In order; one after the other, so that a file may be larger than memory. Throws if it holds none, or ends in the middle of one. */
export async function* capturedRequests(path: string): AsyncGenerator<CapturedRequest> {
  let position = 0;
  for await (const bytes of bodiesIn(path)) {
    position += 1;
    yield { position, bytes, encoding: isObject(bytes) ? 'json' : 'protobuf' };
  }
}

async function* bodiesIn(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const head = await part(file, 0, Math.min(size, CHUNK_BYTES));
    if (isObject(head)) yield* jsonIn(path, file, size);
    else if (size > LENGTH_BYTES && LENGTH_BYTES + head.readUInt32BE() <= size) yield* framesIn(path, file, size);
    else if (size > 0) yield await only(path, file, size, isProtobuf);
  } finally {
    await file.close();
  }
}

/** Lines, unless the first one is not a whole request: then the file is one, written over several lines. */
async function* jsonIn(path: string, file: FileHandle, size: number): AsyncGenerator<Uint8Array> {
  let first = true;
  for await (const line of linesIn(path)) {
    if (line.every((byte) => byte <= 0x20)) continue;
    if (first && !isJson(line)) return yield await only(path, file, size, isJson);
    first = false;
    yield line;
  }
}

async function* linesIn(path: string): AsyncGenerator<Uint8Array> {
  let rest = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES })) {
    const bytes = Buffer.concat([rest, chunk]);
    let from = 0;
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, from)) {
      yield bytes.subarray(from, end);
      from = end + 1;
    }
    rest = bytes.subarray(from);
  }
  if (rest.length > 0) yield rest;
}

async function* framesIn(path: string, file: FileHandle, size: number): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < size; ) {
    const prefix = await part(file, offset, LENGTH_BYTES);
    const end = offset + LENGTH_BYTES + (prefix.length === LENGTH_BYTES ? prefix.readUInt32BE() : 0);
    if (end > size) throw new Error(`cannot read "${path}" to its end: it stops in the middle of a request`);
    const bytes = await part(file, offset + LENGTH_BYTES, end - offset - LENGTH_BYTES);
    yield ZSTD_MAGIC.equals(bytes.subarray(0, ZSTD_MAGIC.length)) ? await decompress(bytes) : bytes;
    offset = end;
  }
}

/** The whole file. */
async function only(path: string, file: FileHandle, size: number, isRequest: (bytes: Uint8Array) => boolean): Promise<Buffer> {
  const bytes = await part(file, 0, size);
  if (!isRequest(bytes)) throw new Error(`cannot read "${path}": it is neither OTLP/JSON nor protobuf`);
  return bytes;
}

async function part(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
  return buffer.subarray(0, bytesRead);
}

/** No protobuf request, and no length of less than 2 GB, begins like this. */
function isObject(bytes: Uint8Array): boolean {
  return bytes[0] === BRACE;
}

function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(Buffer.from(bytes).toString());
    return true;
  } catch {
    return false;
  }
}

function isProtobuf(bytes: Uint8Array): boolean {
  try {
    decodeTracesProtobuf(bytes);
    return true;
  } catch {
    return false;
  }
}
