/** Joins the bodies of several requests into one without decoding them: what stood in a body stands in the joined one, byte for byte. */
import type { Encoded } from '../data/batch.ts';

const OPEN = '{"resourceSpans":[';
const CLOSE = ']}';
const COMMA = ','.charCodeAt(0);

/**
 * A second top-level "resourceSpans", perhaps with escaped letters: parsing shows only the last one, and joining would bury its
 * entries or those before it. The first one holds an array, so the second follows a bracket. May also match deeper down.
 */
const SECOND_KEY = new RegExp(`\\]\\s*,\\s*"${[...'resourceSpans'].map(plainOrEscaped).join('')}"`, 'i');

function plainOrEscaped(letter: string): string {
  return `(?:${letter}|\\\\u00${letter.charCodeAt(0).toString(16)})`;
}

/** For the text of a request that parsing found to have one top-level key and at least one entry. */
export function isMergeable(text: string): boolean {
  return text.startsWith(OPEN) && text.endsWith(CLOSE) && !SECOND_KEY.test(text);
}

/** The entries of all bodies, in order, as one request. All are mergeable and of one encoding; a single one is returned as it is. */
export function joinEncoded(bodies: readonly Encoded[]): Encoded {
  const [first, ...others] = bodies;
  if (first !== undefined && others.length === 0) return first;
  if (first === undefined || !bodies.every(({ encoding, mergeable }) => encoding === first.encoding && mergeable)) {
    throw new Error('cannot join request bodies: one of them has to be sent alone');
  }
  const { encoding } = first;
  const parts = bodies.map(({ bytes }) => bytes);
  // One protobuf message after the other is a message with the entries of all.
  return { encoding, bytes: encoding === 'json' ? joinJson(parts) : Buffer.concat(parts), mergeable: true };
}

function joinJson(bodies: readonly Uint8Array[]): Uint8Array {
  const frame = OPEN.length + CLOSE.length;
  const bytes = Buffer.allocUnsafe(bodies.reduce((sum, body) => sum + body.length - frame + 1, frame - 1));
  let at = bytes.write(OPEN, 'latin1');
  for (const [index, body] of bodies.entries()) {
    if (index > 0) at = bytes.writeUInt8(COMMA, at);
    bytes.set(body.subarray(OPEN.length, -CLOSE.length), at);
    at += body.length - frame;
  }
  bytes.write(CLOSE, at, 'latin1');
  return bytes;
}
