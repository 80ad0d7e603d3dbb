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

/** The entries of all bodies, in order, as one request. All of them are mergeable JSON; a single one is returned as it is. */
export function joinEncoded(bodies: readonly Encoded[]): Encoded {
  const [first, second] = bodies;
  if (first !== undefined && second === undefined) return first;
  if (!bodies.every(({ encoding, mergeable }) => encoding === 'json' && mergeable)) {
    throw new Error('cannot join request bodies: one of them has to be sent alone');
  }
  const frame = OPEN.length + CLOSE.length;
  const bytes = Buffer.allocUnsafe(bodies.reduce((sum, body) => sum + body.bytes.length - frame + 1, frame - 1));
  let at = bytes.write(OPEN, 'latin1');
  for (const body of bodies) {
    if (body !== first) at = bytes.writeUInt8(COMMA, at);
    bytes.set(body.bytes.subarray(OPEN.length, -CLOSE.length), at);
    at += body.bytes.length - frame;
  }
  bytes.write(CLOSE, at, 'latin1');
  return { encoding: 'json', bytes, mergeable: true };
}
