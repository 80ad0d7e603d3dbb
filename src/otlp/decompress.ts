/** Undoes the Content-Encoding of a request, a few bodies at a time and never beyond the limit. */
import { promisify } from 'node:util';
import { gunzip, inflate, type ZlibOptions, zstdDecompress } from 'node:zlib';
import { IntakeError } from '../component/errors.ts';
import { Turns } from '../component/turns.ts';
import { tooLarge } from './body.ts';

/** As the Collector's `compression_algorithms` spells them; '' is none. */
export const CODINGS = ['', 'gzip', 'zstd', 'zlib', 'deflate'] as const;
export type Coding = (typeof CODINGS)[number];

type Decompress = (bytes: Uint8Array, options: Pick<ZlibOptions, 'maxOutputLength' | 'chunkSize'>) => Promise<Buffer>;

const DECOMPRESS_BY_CODING: ReadonlyMap<Coding, Decompress> = new Map<Coding, Decompress>([
  ['gzip', promisify(gunzip)],
  ['zstd', promisify(zstdDecompress)],
  ['zlib', promisify(inflate)],
  ['deflate', promisify(inflate)],
]);

/** Each holds a thread and up to the limit of memory that nobody could charge beforehand. */
const AT_ONCE = 2;
const CHUNK_BYTES = 65_536;

export class Decompressor {
  /** As in an Accept-Encoding, where zlib is called deflate. */
  readonly codings: string;
  readonly #accepted: ReadonlySet<string>;
  readonly #maxBytes: number;
  readonly #turns = new Turns(AT_ONCE);

  constructor(accepted: readonly Coding[], maxBytes: number) {
    this.#accepted = new Set(accepted);
    const names = ['gzip', 'zstd', 'deflate'].filter((name) => this.#accepted.has(name));
    this.codings = [...names, ...(this.#accepted.has('') ? ['identity'] : [])].join(', ');
    this.#maxBytes = maxBytes;
  }

  /** The bytes themselves if they are not encoded. */
  decode(bytes: Uint8Array, contentEncoding: string | undefined): Uint8Array | Promise<Uint8Array> {
    const coding = this.#codingOf(contentEncoding);
    const decompress = DECOMPRESS_BY_CODING.get(coding);
    return decompress === undefined ? bytes : this.#turns.take(() => this.#run(decompress, bytes, coding));
  }

  async #run(decompress: Decompress, bytes: Uint8Array, coding: Coding): Promise<Uint8Array> {
    try {
      const plain = await decompress(bytes, { maxOutputLength: this.#maxBytes, chunkSize: CHUNK_BYTES });
      // A short one is a view of a whole chunk, which the journal would keep for as long as the body.
      return plain.length < CHUNK_BYTES ? new Uint8Array(plain) : plain;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(this.#maxBytes);
      throw new IntakeError('malformed', `cannot decompress the body: it is not valid ${coding}`);
    }
  }

  #codingOf(contentEncoding = ''): Coding {
    const name = contentEncoding.trim().toLowerCase();
    const coding = CODINGS.find((known) => known === (name === 'identity' ? '' : name));
    if (coding !== undefined && this.#accepted.has(coding)) return coding;
    throw new IntakeError(
      'unsupported_encoding',
      'cannot decode the body: this Content-Encoding is not accepted; Accept-Encoding says which are',
    );
  }
}
