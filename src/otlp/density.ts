/** Refuses requests that are small as bytes and huge as objects: some KB, compressed, would take gigabytes and half a minute. */
import { IntakeError } from '../component/errors.ts';

/** Honest requests have at most some thousand objects more than this many bytes for each. */
const BYTES_PER_OBJECT = 10;
const BYTES_PER_SPAN = 40;
const FREE_OBJECTS = 100_000;
const FREE_SPANS = 10_000;

const QUOTE = '"'.charCodeAt(0);
const BACKSLASH = '\\'.charCodeAt(0);
const BRACE = '{'.charCodeAt(0);
const BRACKET = '['.charCodeAt(0);

/** Most messages, or JSON objects and lists, in a request of this size. */
export function objectsAllowed(bytes: number): number {
  return FREE_OBJECTS + bytes / BYTES_PER_OBJECT;
}

export function tooDense(): IntakeError {
  return new IntakeError('too_large', 'cannot take the body: it holds too many objects for its size');
}

/** To be called before the text is parsed: afterwards the memory is taken. */
export function checkJsonObjects(bytes: Uint8Array, allowed: number): void {
  if (bytes.length <= allowed) return; // each takes a byte at least
  let objects = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) at = textEnd(bytes, at);
    else if (byte === BRACE || byte === BRACKET) objects += 1;
  }
  if (objects > allowed) throw tooDense();
}

/** Of the quote that ends the text which begins there. */
function textEnd(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}

export function checkSpanDensity(spans: number, bytes: number): void {
  if (spans > FREE_SPANS + bytes / BYTES_PER_SPAN) throw tooDense();
}
