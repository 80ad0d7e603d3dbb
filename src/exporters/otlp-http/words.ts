/** Takes from the words of a destination what may be logged: short, printable, without our secrets and without what it was sent. */
import type { Encoded } from '../../data/batch.ts';
import { printable } from '../../data/printable.ts';

const MESSAGE_LIMIT = 256;
/** So many letters and digits in a row are some 32 characters of text: no chance, and no name of a field. */
const QUOTE_LENGTH = 24;
const QUOTES_US = 'its message quotes the request';

/** '' where nothing is said. */
export function loggable(message: string, secrets: readonly string[], sent: Encoded): string {
  const shown = printable(withoutSecrets(message, secrets)).slice(0, MESSAGE_LIMIT).trim();
  return quotes(shown, sent) ? QUOTES_US : shown;
}

function withoutSecrets(text: string, secrets: readonly string[]): string {
  // A header is "Bearer <token>" or the like; the scheme alone is no secret.
  const words = secrets.flatMap((secret) => secret.split(' ')).filter((word) => word.length > 6);
  return words.reduce((rest, word) => rest.replaceAll(word, '[REDACTED]'), text);
}

/** Compared by letters and digits alone: JSON escapes the others. */
function quotes(message: string, sent: Encoded): boolean {
  const said = lettersOf(message);
  const pieces = Array.from({ length: Math.max(0, said.length - QUOTE_LENGTH + 1) }, (_, start) =>
    said.slice(start, start + QUOTE_LENGTH),
  ).filter((piece) => !TRACE_ID.test(piece));
  if (pieces.length === 0) return false;
  const { bytes } = sent; // put together for this: most answers say nothing
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  const letters = lettersOf(sent.encoding === 'json' ? unescaped(text) : text);
  return pieces.some((piece) => letters.includes(piece));
}

/** Helps to find the span and is no content. */
const TRACE_ID = /^[0-9a-f]+$/;

function lettersOf(text: string): string {
  return text.replace(/[^\p{L}\p{N}]+/gu, '');
}

function unescaped(json: string): string {
  return json.replace(/\\(?:u([0-9a-fA-F]{4})|.)/g, (_, hex?: string) =>
    hex === undefined ? '' : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
