/** Finds short texts again that came a moment ago, above all attribute keys: the same few come with every span. */

export const MAX_RECENT_BYTES = 48;

/** By a hash of the bytes; a newer text takes the place of an older one. */
const SLOTS: (string | undefined)[] = new Array(1024).fill(undefined);

/** At least one byte and at most MAX_RECENT_BYTES; undefined if they are not ASCII. */
export function recentText(bytes: Buffer, start: number, end: number): string | undefined {
  const length = end - start;
  const middle = bytes[start + (length >>> 1)] ?? 0;
  const last = bytes[end - 1] ?? 0;
  const slot = (length * 37 + middle * 61 + last * 7) & (SLOTS.length - 1);
  const recent = SLOTS[slot];
  if (recent?.length === length && isSame(recent, bytes, start)) return recent;
  if (!isAscii(bytes, start, end)) return undefined;
  const text = bytes.toString('latin1', start, end);
  SLOTS[slot] = text;
  return text;
}

function isSame(ascii: string, bytes: Buffer, start: number): boolean {
  for (let index = 0; index < ascii.length; index++) {
    if (ascii.charCodeAt(index) !== bytes[start + index]) return false;
  }
  return true;
}

function isAscii(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    if ((bytes[at] ?? 0) >= 0x80) return false;
  }
  return true;
}
