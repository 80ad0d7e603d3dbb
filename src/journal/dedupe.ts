/** Remembers the newest distinct spans and which pipelines have each, in a table of fixed size and a window by count. */
import { randomFillSync } from 'node:crypto';
import { KEY_WORDS } from './span-key.ts';

/** A key and the pipelines that have it, one bit each: 28 bytes. */
const ENTRY_WORDS = KEY_WORDS + 1;
/** A quiet daemon holds a hundred KiB of ring; it doubles as spans come. */
const FIRST_ENTRIES = 4_096;
/** One random word for every value of every byte of a key. */
const HASH_WORDS = KEY_WORDS * 4 * 256;
const SAVED_FORMAT = 1;
const SAVED_HEADER_WORDS = 2;

/** What a full window takes: ring and index, and the ring once more while a snapshot is taken. */
export function windowBytes(maxSpans: number): number {
  return maxSpans === 0 ? 0 : 2 * maxSpans * ENTRY_WORDS * 4 + indexLength(maxSpans) * 4;
}

/** A ring of entries in order of arrival, and an open-addressed index of their places in it. */
export class DedupeTable {
  readonly #maxSpans: number;
  readonly #hashWords: Uint32Array;
  #ring = new Uint32Array(0);
  /** Place in the ring plus one, 0 for free; at most half full. */
  #index = new Int32Array(0);
  #size = 0;
  #added = 0;
  /** Where the next entry goes; in a full ring that is where the oldest one is. */
  #next = 0;

  /** `hashWords`: random, or a sender could choose ids that all meet in one place. */
  constructor(maxSpans: number, hashWords: Uint32Array = randomFillSync(new Uint32Array(HASH_WORDS))) {
    this.#maxSpans = maxSpans;
    this.#hashWords = hashWords;
  }

  get size(): number {
    return this.#size;
  }

  /** Entries ever made, those that were pushed out too. */
  get added(): number {
    return this.#added;
  }

  /** What no sender can make the same for many keys. */
  hashOf(key: Uint32Array): number {
    return this.#hash(key, 0);
  }

  /** The pipelines that have this span, as bits. `hash`: of the key. */
  pipelinesOf(key: Uint32Array, hash: number = this.#hash(key, 0)): number {
    if (this.#size === 0) return 0;
    const place = this.#index[this.#slotOf(key, 0, hash)] ?? 0;
    return place === 0 ? 0 : (this.#ring[(place - 1) * ENTRY_WORDS + KEY_WORDS] ?? 0);
  }

  /** Adds pipelines to a span. A new one pushes the oldest out of a full window; a known one keeps its age. */
  add(key: Uint32Array, pipelines: number): void {
    if (this.#maxSpans === 0) return;
    if (this.#index.length === 0) this.#index = new Int32Array(indexLength(this.#maxSpans));
    let slot = this.#slotOf(key, 0);
    const place = this.#index[slot] ?? 0;
    if (place !== 0) {
      const at = (place - 1) * ENTRY_WORDS + KEY_WORDS;
      this.#ring[at] = (this.#ring[at] ?? 0) | pipelines;
      return;
    }
    if (this.#size === this.#maxSpans) {
      this.#removeOldest();
      slot = this.#slotOf(key, 0); // what was removed may have moved it
    } else if (this.#size * ENTRY_WORDS === this.#ring.length) {
      this.#grow();
    }
    const start = this.#next * ENTRY_WORDS;
    for (let word = 0; word < KEY_WORDS; word++) this.#ring[start + word] = key[word] ?? 0;
    this.#ring[start + KEY_WORDS] = pipelines;
    this.#index[slot] = this.#next + 1;
    this.#size += 1;
    this.#added += 1;
    this.#next = (this.#next + 1) % this.#maxSpans;
  }

  /** Takes these pipelines from every span; the spans stay. */
  forget(pipelines: number): void {
    for (let at = KEY_WORDS; at < this.#size * ENTRY_WORDS; at += ENTRY_WORDS) {
      this.#ring[at] = (this.#ring[at] ?? 0) & ~pipelines;
    }
  }

  /** The window, oldest span first: the same bytes for the same spans, whatever process added them. */
  save(): Uint8Array {
    const saved = new Uint32Array(SAVED_HEADER_WORDS + this.#size * ENTRY_WORDS);
    saved.set([SAVED_FORMAT, this.#size]);
    const oldest = this.#size === this.#maxSpans ? this.#next * ENTRY_WORDS : 0;
    const tail = this.#ring.subarray(oldest, this.#size * ENTRY_WORDS);
    saved.set(tail, SAVED_HEADER_WORDS);
    saved.set(this.#ring.subarray(0, oldest), SAVED_HEADER_WORDS + tail.length);
    return new Uint8Array(saved.buffer);
  }

  /** Into an empty table; of a window larger than this one the newest spans. */
  load(saved: Uint8Array): void {
    const words = new Uint32Array(new Uint8Array(saved).buffer, 0, saved.byteLength >>> 2);
    const [format, size = 0] = words;
    if (format !== SAVED_FORMAT || saved.byteLength !== (SAVED_HEADER_WORDS + size * ENTRY_WORDS) * 4) {
      throw new Error('cannot load the dedupe window: it is damaged or of a newer version');
    }
    this.#size = Math.min(size, this.#maxSpans);
    this.#added = this.#size;
    if (this.#size === 0) return;
    this.#ring = words.slice(words.length - this.#size * ENTRY_WORDS);
    this.#next = this.#size % this.#maxSpans;
    this.#index = new Int32Array(indexLength(this.#maxSpans));
    for (let entry = 0; entry < this.#size; entry++) this.#index[this.#slotOf(this.#ring, entry * ENTRY_WORDS)] = entry + 1;
  }

  #removeOldest(): void {
    this.#free(this.#slotOf(this.#ring, this.#next * ENTRY_WORDS));
    this.#size -= 1;
  }

  #grow(): void {
    const entries = Math.min(this.#maxSpans, Math.max(FIRST_ENTRIES, this.#size * 2));
    const grown = new Uint32Array(entries * ENTRY_WORDS);
    grown.set(this.#ring);
    this.#ring = grown;
  }

  /** Where the index has the key that stands in `words` from `at`, or the free slot where it belongs. */
  #slotOf(words: Uint32Array, at: number, hash: number = this.#hash(words, at)): number {
    const mask = this.#index.length - 1;
    let slot = hash & mask;
    for (;;) {
      const place = this.#index[slot] ?? 0;
      if (place === 0 || this.#holds(place, words, at)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #holds(place: number, words: Uint32Array, at: number): boolean {
    const start = (place - 1) * ENTRY_WORDS;
    for (let word = 0; word < KEY_WORDS; word++) {
      if (this.#ring[start + word] !== words[at + word]) return false;
    }
    return true;
  }

  /** Moves back what probed past the freed slot, so that no search ends too early. */
  #free(slot: number): void {
    const mask = this.#index.length - 1;
    let free = slot;
    for (let next = (slot + 1) & mask; ; next = (next + 1) & mask) {
      const place = this.#index[next] ?? 0;
      if (place === 0) break;
      const home = this.#hash(this.#ring, (place - 1) * ENTRY_WORDS) & mask;
      if (((next - home) & mask) < ((next - free) & mask)) continue; // it began after the free slot
      this.#index[free] = place;
      free = next;
    }
    this.#index[free] = 0;
  }

  /** Tabulation: with secret words no set of keys collides more than chance has it, which multiply-and-mix does not give. */
  #hash(words: Uint32Array, at: number): number {
    const table = this.#hashWords;
    let hash = 0;
    for (let index = 0; index < KEY_WORDS; index++) {
      const word = words[at + index] ?? 0;
      const base = index << 10;
      hash ^= table[base | (word & 255)] ?? 0;
      hash ^= table[base | 256 | ((word >>> 8) & 255)] ?? 0;
      hash ^= table[base | 512 | ((word >>> 16) & 255)] ?? 0;
      hash ^= table[base | 768 | (word >>> 24)] ?? 0;
    }
    return hash;
  }
}

/** A power of two, at least twice the spans. */
function indexLength(maxSpans: number): number {
  return 2 ** Math.ceil(Math.log2(maxSpans * 2));
}
