/** Reads secrets from files, and compares them in a time that does not tell how much of one was right. */
import { hash, timingSafeEqual } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { Logger } from './contract.ts';

/** What is kept of a secret that others have to prove. */
export type SecretDigest = Buffer;

export function digestOf(secret: string): SecretDigest {
  return Buffer.from(hash('sha256', secret, 'hex'), 'hex'); // a digest as bytes would take several times as long
}

/** The position of the one that it is. Always looks at all of them. */
export function indexOfSecret(claimed: string, digests: readonly SecretDigest[]): number | undefined {
  const claim = digestOf(claimed);
  return digests.reduce<number | undefined>(
    (found, digest, index) => (timingSafeEqual(claim, digest) ? index : found),
    undefined,
  );
}

/** Longer ones are digested each time. */
const MOST_CHARACTERS = 128;
const CLAIM_BYTES = 4 + 2 * MOST_CHARACTERS;

/** Knows again what was right last, without a digest of what every request carries, and as quickly whatever is claimed. */
export class LastRight {
  readonly #right = Buffer.alloc(CLAIM_BYTES);
  readonly #claimed = Buffer.alloc(CLAIM_BYTES);
  #index: number | undefined;

  /** Undefined: it is another one. */
  indexOf(claimed: string): number | undefined {
    if (this.#index === undefined || claimed.length > MOST_CHARACTERS) return undefined;
    return timingSafeEqual(written(claimed, this.#claimed), this.#right) ? this.#index : undefined;
  }

  remember(claimed: string, index: number): void {
    if (claimed.length > MOST_CHARACTERS) return;
    written(claimed, this.#right);
    this.#index = index;
  }

  forget(): void {
    this.#right.fill(0);
    this.#index = undefined;
  }
}

/** Of every claim the same number of bytes, with its length: two claims are never the same. */
function written(claimed: string, into: Buffer): Buffer {
  into.fill(0);
  into.writeUInt32LE(claimed.length);
  into.write(claimed, 4, 'utf16le');
  return into;
}

/** The lines of a file that hold something. */
export async function readSecretLines(path: string, logger: Logger): Promise<readonly string[]> {
  try {
    const text = await readFile(path, 'utf8');
    await warnIfOthersRead(path, logger);
    return text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
  } catch (cause) {
    throw new Error(`cannot read secrets from "${path}"`, { cause });
  }
}

export async function warnIfOthersRead(path: string, logger: Logger): Promise<void> {
  const { mode } = await stat(path);
  if ((mode & 0o044) !== 0) logger.warn('secret file can be read by other users', { path });
}

/** The one value of a header; undefined when it is absent or stands twice. */
export function onlyHeader(headers: NodeJS.Dict<string | string[]>, name: string): string | undefined {
  const key = name.toLowerCase();
  const values = Object.hasOwn(headers, key) ? headers[key] : undefined;
  if (typeof values === 'string') return values;
  return values?.length === 1 ? values[0] : undefined;
}
