/** Gives every request ids of its own, so that none is a copy of another. */

/** Stand where fresh ids belong; of the same length as these. */
export const PLACES = {
  trace: '0f'.repeat(16),
  request: 'a'.repeat(16),
  attempt: 'b'.repeat(16),
  generation: 'c'.repeat(16),
  response: 'Z'.repeat(20),
} as const;

type IdKind = keyof typeof PLACES;

export type IdPlaces = readonly Readonly<{ kind: IdKind; at: number }>[];

export function placesIn(body: Buffer): IdPlaces {
  const kinds = Object.keys(PLACES) as IdKind[];
  return kinds.flatMap((kind) => {
    const found: { kind: IdKind; at: number }[] = [];
    const length = PLACES[kind].length;
    for (let at = body.indexOf(PLACES[kind]); at >= 0; at = body.indexOf(PLACES[kind], at + length)) found.push({ kind, at });
    return found;
  });
}

/** Writes the ids of the nth request of a run into a body that begins at `offset`. */
export function freshen(target: Buffer, offset: number, places: IdPlaces, seed: number, nth: number): void {
  // Multiplying by an odd number mixes the bits and gives each number a different one.
  const id = hex(Math.imul(nth, 0x9e3779b1)) + hex(Math.imul(nth, 0x85ebca6b) ^ seed);
  for (const { kind, at } of places) target.write(idOf(kind, id), offset + at, 'latin1');
}

function idOf(kind: IdKind, id: string): string {
  switch (kind) {
    case 'trace':
      return id + id;
    case 'response':
      return `${id}0000`;
    case 'request':
    case 'attempt':
    case 'generation':
      return PLACES[kind].charAt(0) + id.slice(1);
  }
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
