/** Reads points in time that emitters write as text or as events. */

/** With quotes and their escapes; whatever is longer is no time. */
const MOST_CHARACTERS = 64;
const ISO = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?(Z|[+-]\d\d:?\d\d)?$/;

/** Names of span events that mark the first piece of an answer. */
export const FIRST_CHUNK_EVENTS: ReadonlySet<string> = new Set(['ai.stream.firstChunk', 'First Token Stream Event']);

/** Nanoseconds since the epoch of an ISO 8601 text, which some senders put into quotes, or into two pairs of them. */
export function instant(text: string | undefined): bigint | undefined {
  if (text === undefined || text.length > MOST_CHARACTERS) return undefined;
  const [, seconds, fraction = '', zone = 'Z'] = ISO.exec(text.replace(/^[\\"]+|[\\"]+$/g, '')) ?? [];
  const ms = seconds === undefined ? Number.NaN : Date.parse(seconds + zone);
  return Number.isNaN(ms) ? undefined : BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}
