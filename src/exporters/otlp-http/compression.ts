/** Compresses request bodies once, hard enough for a network and no harder: what is large off the main thread, piece by piece. */
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { constants, createDeflate, createGzip, createZstdCompress, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { Turns } from '../../component/turns.ts';

export const COMPRESSIONS = ['gzip', 'zstd', 'zlib', 'deflate', 'none', ''] as const;
export type Compression = (typeof COMPRESSIONS)[number];

type Compressed = Readonly<{ body: Uint8Array; headers: Readonly<Record<string, string>> }>;

/** Of gzip and zstd: for long prompts half the work of their usual one, and a body at most a fifth larger. */
const LEVEL = 1;
/** Up to here one call is done sooner than another thread has been asked. */
const SMALL_BYTES = 16_384;
/** A few milliseconds of a thread that others wait for too, such as the disk. */
const CHUNK_BYTES = 131_072;
const OUTPUT_BYTES = 65_536;
/** At once: a core is for requests, a thread of the pool for the disk. */
const STREAMS = Math.max(1, Math.min(3, availableParallelism() - 1));

const turns = new Turns(STREAMS);

type Stream = ReturnType<typeof createGzip> | ReturnType<typeof createDeflate> | ReturnType<typeof createZstdCompress>;
type Codec = Readonly<{ now: (bytes: Uint8Array) => Uint8Array; stream: () => Stream }>;

export async function compress(
  pieces: readonly Uint8Array[],
  compression: Compression,
  level: number = LEVEL,
): Promise<Compressed> {
  const bytes = pieces.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const codec = codecOf(compression, level, bytes);
  if (codec === undefined) return { body: joined(pieces), headers: {} };
  const body = bytes <= SMALL_BYTES ? codec.now(joined(pieces)) : await turns.take(() => streamed(pieces, codec.stream()));
  return { body, headers: { 'content-encoding': compression } };
}

function codecOf(compression: Compression, level: number, bytes: number): Codec | undefined {
  const chunkSize = Math.min(OUTPUT_BYTES, Math.max(1024, bytes));
  switch (compression) {
    case 'gzip': {
      const options = { level, chunkSize };
      return { now: (all) => gzipSync(all, options), stream: () => createGzip(options) };
    }
    case 'zlib':
    case 'deflate': {
      const options = { level, chunkSize }; // both are RFC 1950 in HTTP
      return { now: (all) => deflateSync(all, options), stream: () => createDeflate(options) };
    }
    case 'zstd': {
      const options = { params: { [constants.ZSTD_c_compressionLevel]: level }, pledgedSrcSize: bytes, chunkSize };
      return { now: (all) => zstdCompressSync(all, options), stream: () => createZstdCompress(options) };
    }
    case 'none':
    case '':
      return undefined;
  }
}

async function streamed(pieces: readonly Uint8Array[], stream: Stream): Promise<Uint8Array> {
  const output: Buffer[] = [];
  stream.on('data', (part: Buffer) => output.push(part));
  stream.on('error', () => undefined); // whoever writes is told
  for (const chunk of chunksOf(pieces, Buffer.allocUnsafeSlow(CHUNK_BYTES))) await written(stream, chunk);
  stream.end();
  await once(stream, 'end');
  return Buffer.concat(output);
}

/** Resolves when the chunk was compressed. */
function written(stream: Stream, chunk: Uint8Array): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  stream.write(chunk, (error) => (error ? reject(error) : resolve()));
  return promise;
}

/** All in the same memory, one after the other: each is good until the next. */
function* chunksOf(pieces: readonly Uint8Array[], chunk: Uint8Array): Generator<Uint8Array> {
  let filled = 0;
  for (const piece of pieces) {
    for (let at = 0; at < piece.byteLength; ) {
      const part = piece.subarray(at, at + chunk.byteLength - filled);
      chunk.set(part, filled);
      filled += part.byteLength;
      at += part.byteLength;
      if (filled === chunk.byteLength) {
        yield chunk;
        filled = 0;
      }
    }
  }
  if (filled > 0) yield chunk.subarray(0, filled);
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [only, another] = pieces;
  return only !== undefined && another === undefined ? only : Buffer.concat(pieces);
}
