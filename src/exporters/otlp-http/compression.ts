/** Compresses request bodies off the main thread. */
import { promisify } from 'node:util';
import { constants, deflate, gzip, zstdCompress } from 'node:zlib';

export const COMPRESSIONS = ['gzip', 'zstd', 'zlib', 'deflate', 'none', ''] as const;
export type Compression = (typeof COMPRESSIONS)[number];

type Compressed = Readonly<{ body: Uint8Array; headers: Readonly<Record<string, string>> }>;

export async function compress(bytes: Uint8Array, compression: Compression, level?: number): Promise<Compressed> {
  const headers = { 'content-encoding': compression };
  switch (compression) {
    case 'gzip':
      return { body: await gzipAsync(bytes, level === undefined ? {} : { level }), headers };
    case 'zlib':
    case 'deflate': // both are RFC 1950 in HTTP
      return { body: await deflateAsync(bytes, level === undefined ? {} : { level }), headers };
    case 'zstd': {
      const params = level === undefined ? {} : { [constants.ZSTD_c_compressionLevel]: level };
      return { body: await zstdAsync(bytes, { params }), headers };
    }
    case 'none':
    case '':
      return { body: bytes, headers: {} };
  }
}

const gzipAsync = promisify(gzip);
const deflateAsync = promisify(deflate);
const zstdAsync = promisify(zstdCompress);
