/** Joins the bodies of several requests into one without decoding them: what stood in a body stands in the joined one, byte for byte. */
import type { Encoded, Encoding } from '../data/batch.ts';

const OPEN = Buffer.from('{"resourceSpans":[');
const CLOSE = Buffer.from(']}');
const COMMA = Buffer.from(',');
/** Behind a bracket, no key can come next. */
const ENDS_MORE = new Set([...']}'].map((letter) => letter.charCodeAt(0)));
const BRACKET = { open: '['.charCodeAt(0), close: ']'.charCodeAt(0) } as const;

/** Up to the array of entries, and from its end on. */
const HEAD = /^\s*\{\s*"resourceSpans"\s*:\s*\[/;
const TAIL = /^\]\s*\}\s*$/;

/**
 * A second top-level "resourceSpans", perhaps with escaped letters: parsing shows only the last one, and joining would bury its
 * entries or those before it. The first one holds an array, so the second follows a bracket. May also match deeper down.
 */
const SECOND_KEY = new RegExp(`\\]\\s*,\\s*"${[...'resourceSpans'].map(plainOrEscaped).join('')}"`, 'iy');

function plainOrEscaped(letter: string): string {
  return `(?:${letter}|\\\\u00${letter.charCodeAt(0).toString(16)})`;
}

/** For the text of a request that parsing found to have one top-level key and at least one entry. */
export function isMergeable(text: string): boolean {
  return HEAD.test(text) && TAIL.test(text.slice(text.lastIndexOf(']'))) && !hasSecondKey(text);
}

/** From bracket to bracket: nothing passes over a long prompt as quickly as the search for one character. */
function hasSecondKey(text: string): boolean {
  for (let at = text.indexOf(']'); at >= 0; at = text.indexOf(']', at + 1)) {
    if (ENDS_MORE.has(text.charCodeAt(at + 1))) continue;
    SECOND_KEY.lastIndex = at;
    if (SECOND_KEY.test(text)) return true;
  }
  return false;
}

/** The entries of all bodies, in order, as one request. All are mergeable and of one encoding; a single one is returned as it is. */
export function joinEncoded(bodies: readonly Encoded[]): Encoded {
  const [first, ...others] = bodies;
  if (first !== undefined && others.length === 0) return first;
  if (first === undefined || !bodies.every(({ encoding, mergeable }) => encoding === first.encoding && mergeable)) {
    throw new Error('cannot join request bodies: one of them has to be sent alone');
  }
  const parts = bodies.map(({ bytes }) => bytes);
  // One protobuf message after the other is a message with the entries of all.
  return new Joined(first.encoding, first.encoding === 'json' ? jsonPieces(parts) : parts);
}

/** What is to be written one after the other. */
export function piecesOf(encoded: Encoded): readonly Uint8Array[] {
  return encoded.pieces ?? [encoded.bytes];
}

/** Without putting it together. */
export function byteLengthOf(encoded: Encoded): number {
  return piecesOf(encoded).reduce((sum, { byteLength }) => sum + byteLength, 0);
}

class Joined {
  readonly encoding: Encoding;
  readonly pieces: readonly Uint8Array[];
  readonly mergeable = true;

  constructor(encoding: Encoding, pieces: readonly Uint8Array[]) {
    this.encoding = encoding;
    this.pieces = pieces;
  }

  get bytes(): Uint8Array {
    return Buffer.concat(this.pieces);
  }
}

function jsonPieces(bodies: readonly Uint8Array[]): readonly Uint8Array[] {
  return [OPEN, ...bodies.flatMap((body, index) => (index === 0 ? [entriesOf(body)] : [COMMA, entriesOf(body)])), CLOSE];
}

/** Nothing but the array stands around the entries of a mergeable body: its first bracket opens it, its last one closes it. */
function entriesOf(body: Uint8Array): Uint8Array {
  return body.subarray(body.indexOf(BRACKET.open) + 1, body.lastIndexOf(BRACKET.close));
}
