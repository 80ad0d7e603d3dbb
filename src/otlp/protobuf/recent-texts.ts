/** Finds short texts again that came a moment ago, above all attribute keys: the same few come with every span. */

export const MAX_RECENT_BYTES = 48;

const SLOTS = 1024;
const WORD_BYTES = 4;
const SLOT_WORDS = MAX_RECENT_BYTES / WORD_BYTES;

/** By a hash of the bytes; a newer text takes the place of an older one. */
const TEXTS: (string | undefined)[] = new Array(SLOTS).fill(undefined);
/** The bytes of each text, to be compared word by word. */
const WORDS = new Uint32Array(SLOTS * SLOT_WORDS);

/** At least one byte and at most MAX_RECENT_BYTES, of which `view` is a view; undefined if they are not ASCII. */
export function recentText(bytes: Buffer, view: DataView, start: number, end: number): string | undefined {
  const length = end - start;
  const middle = bytes[start + (length >>> 1)] ?? 0;
  const last = bytes[end - 1] ?? 0;
  const slot = (length * 37 + middle * 61 + last * 7) & (SLOTS - 1);
  const recent = TEXTS[slot];
  if (recent?.length === length && isSame(slot, view, start, end)) return recent;
  if (!isAscii(bytes, start, end)) return undefined;
  const text = bytes.toString('latin1', start, end);
  TEXTS[slot] = text;
  for (let at = start, word = slot * SLOT_WORDS; at < end; at += WORD_BYTES, word++) WORDS[word] = wordAt(view, at, end);
  return text;
}

function isSame(slot: number, view: DataView, start: number, end: number): boolean {
  for (let at = start, word = slot * SLOT_WORDS; at < end; at += WORD_BYTES, word++) {
    if (WORDS[word] !== wordAt(view, at, end)) return false;
  }
  return true;
}

/** The last one may be of fewer bytes. */
function wordAt(view: DataView, at: number, end: number): number {
  if (at + WORD_BYTES <= end) return view.getUint32(at, true);
  let word = 0;
  for (let last = end - 1; last >= at; last--) word = (word << 8) | view.getUint8(last);
  return word;
}

function isAscii(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    if ((bytes[at] ?? 0) >= 0x80) return false;
  }
  return true;
}
