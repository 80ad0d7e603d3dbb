/** Turns the ids of a span into the key by which a copy of it is recognised. */
import type { Span } from '../data/batch.ts';

/** 32-bit words of a key: 16 bytes of trace id, 8 bytes of span id, never shortened: a false match would lose money. */
export const KEY_WORDS = 6;

/** No generator makes smaller ids; connection tests send the same tiny ones with every click. */
const SMALLEST_ID = 65_536;

const NIBBLE_BY_CODE = new Int8Array(128).fill(-1);
for (let nibble = 0; nibble < 16; nibble++) {
  const digit = nibble.toString(16);
  NIBBLE_BY_CODE[digit.charCodeAt(0)] = nibble;
  NIBBLE_BY_CODE[digit.toUpperCase().charCodeAt(0)] = nibble;
}

/** Writes the key into the first six words of `key`; false, and anything in them, for a span without identity. */
export function readSpanKey({ traceId, spanId }: Span, key: Uint32Array): boolean {
  if (traceId?.length !== 32 || spanId?.length !== 16) return false;
  return readId(traceId, 4, key, 0) && readId(spanId, 2, key, 4);
}

/** Without allocations: it runs twice for every span that arrives. */
function readId(text: string, words: number, key: Uint32Array, at: number): boolean {
  let leading = 0;
  let last = 0;
  for (let word = 0; word < words; word++) {
    leading |= last;
    last = hexWord(text, word * 8);
    if (last < 0) return false;
    key[at + word] = last;
  }
  return leading !== 0 || last >= SMALLEST_ID;
}

/** Eight hexadecimal digits of any case, or -1. */
function hexWord(text: string, at: number): number {
  let word = 0;
  for (let index = at; index < at + 8; index++) {
    const nibble = NIBBLE_BY_CODE[text.charCodeAt(index)] ?? -1;
    if (nibble < 0) return -1;
    word = (word << 4) | nibble;
  }
  return word >>> 0;
}
