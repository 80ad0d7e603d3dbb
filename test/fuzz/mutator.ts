/** Damages bytes in ways that parsers trip over: the same seed gives the same bytes. */

/** Pieces that mean something to the formats under test. */
const DICTIONARY: readonly Uint8Array[] = [
  ...[
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '\\',
    '\\u0000',
    '\\ud800',
    'null',
    '-',
    '1e400',
    '0.1',
    '99999999999999999999',
    '\ufeff',
  ],
  ...[
    '__proto__',
    '"resourceSpans":',
    '"scopeSpans":',
    '"spans":[',
    '"attributes":[{"key":"',
    '"value":{"intValue":',
    '"kvlistValue":',
  ],
].map((text) => Buffer.from(text));
const WIRE: readonly Uint8Array[] = [
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0x0a, 0x00],
  [0x0a, 0x7f],
  [0x12, 0x02, 0x4a, 0x00],
  [0x0b],
  [0x0c],
  [0x07],
  [0x00],
  [0xc3, 0x28],
  [0xed, 0xa0, 0x80],
].map((bytes) => Uint8Array.from(bytes));
const INTERESTING = [0x00, 0x01, 0x7f, 0x80, 0xff, 0x0a, 0x12, 0x22, 0x5c, 0x7b];
const MAX_BYTES = 262_144;

export class Mutator {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 to just below the limit (mulberry32). */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  pick<T>(list: readonly T[]): T {
    const found = list[this.below(list.length)];
    if (found === undefined) throw new RangeError('nothing to pick from');
    return found;
  }

  /** One of these with one thing wrong, or with up to six. */
  mutate(corpus: readonly Uint8Array[]): Uint8Array {
    let bytes: Uint8Array = Buffer.from(this.pick(corpus));
    for (let left = 1 + this.below(2) * this.below(6); left > 0; left -= 1) bytes = this.#damage(bytes, corpus);
    return bytes.subarray(0, MAX_BYTES);
  }

  #damage(bytes: Uint8Array, corpus: readonly Uint8Array[]): Uint8Array {
    const at = this.below(bytes.length + 1);
    const length = this.below(Math.min(64, bytes.length) + 1);
    switch (this.below(9)) {
      case 0: // a bit
        return replaced(bytes, at, 1, [(bytes[at] ?? 0) ^ (1 << this.below(8))]);
      case 1: // a byte
        return replaced(bytes, at, 1, [this.pick(INTERESTING)]);
      case 2: // a length, or a digit
        return replaced(bytes, at, 1, [((bytes[at] ?? 0) + this.below(5) - 2) & 0xff]);
      case 3: // a piece less
        return replaced(bytes, at, length, []);
      case 4: // a piece twice
        return replaced(bytes, at, 0, bytes.subarray(at, at + length));
      case 5: // a piece from elsewhere
        return replaced(bytes, at, length, this.#pieceOf(this.pick(corpus)));
      case 6:
        return replaced(bytes, at, length, this.pick(DICTIONARY));
      case 7:
        return replaced(bytes, at, length, this.pick(WIRE));
      default: // a piece again and again
        return replaced(
          bytes,
          at,
          0,
          Buffer.alloc(this.below(4096), Buffer.concat([bytes.subarray(at, at + length), Uint8Array.of(0x0a)])),
        );
    }
  }

  #pieceOf(bytes: Uint8Array): Uint8Array {
    const at = this.below(bytes.length);
    return bytes.subarray(at, at + this.below(512));
  }
}

function replaced(bytes: Uint8Array, at: number, length: number, by: Uint8Array | readonly number[]): Uint8Array {
  return Buffer.concat([bytes.subarray(0, at), Uint8Array.from(by), bytes.subarray(at + length)]);
}
