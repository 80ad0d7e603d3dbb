/** Draws numbers that look random and are the same for the same seed. */

export type Random = Readonly<{
  /** From `low` to `high`, both included. */
  integer: (low: number, high: number) => number;
  pick: <T>(choices: readonly [T, ...T[]]) => T;
  /** Letters and digits. */
  text: (length: number) => string;
  shuffled: <T>(items: readonly T[]) => readonly T[];
}>;

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

export function createRandom(seed: number): Random {
  const next = mulberry32(seed);
  const integer = (low: number, high: number) => low + Math.floor(next() * (high - low + 1));
  return {
    integer,
    pick: (choices) => choices[integer(0, choices.length - 1)] ?? choices[0],
    text: (length) => Array.from({ length }, () => ALPHABET.charAt(integer(0, ALPHABET.length - 1))).join(''),
    shuffled: (items) =>
      items
        .map((item) => ({ item, rank: next() }))
        .sort((one, other) => one.rank - other.rank)
        .map(({ item }) => item),
  };
}

/** The generator of that name: 32 bits of state, one multiplication away from good enough for traffic. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}
