/** Gives every request ids of its own, so that none is a copy of another. */

/** Stand where fresh ids belong; of the same length as these. */
export const PLACES = {
  trace: Buffer.from('0f'.repeat(16)),
  request: Buffer.from('a'.repeat(16)),
  attempt: Buffer.from('b'.repeat(16)),
  generation: Buffer.from('c'.repeat(16)),
  response: Buffer.from('Z'.repeat(20)),
  /** In protobuf, where ids are bytes; two more of a span's tell it from the others of its request. */
  rawTrace: Buffer.alloc(16, 0xf1),
  rawSpan: Buffer.alloc(6, 0xf2),
  /** A value of a dimension: as many different ones as a job has series. */
  series: Buffer.from('#'.repeat(8)),
} as const;

type IdKind = keyof typeof PLACES;
const KINDS = Object.keys(PLACES) as readonly IdKind[];

export type IdPlaces = readonly Readonly<{ kind: IdKind; at: number; length: number }>[];

/** In their order. */
export function placesIn(body: Buffer): IdPlaces {
  const places = KINDS.flatMap((kind) => {
    const found: IdPlaces[number][] = [];
    const { length } = PLACES[kind];
    for (let at = body.indexOf(PLACES[kind]); at >= 0; at = body.indexOf(PLACES[kind], at + length))
      found.push({ kind, at, length });
    return found;
  });
  return places.sort((a, b) => a.at - b.at);
}

export type Numbering = Readonly<{ seed: number; series: number }>;

/** Writes the ids of the nth request of a run. load.lua does the same. */
export function freshen(target: Buffer, places: IdPlaces, { seed, series }: Numbering, nth: number): void {
  const id = hex(seed) + hex(nth);
  for (const { kind, at } of places) target.write(idOf(kind, id, nth % series), at, 'latin1');
}

function idOf(kind: IdKind, id: string, ordinal: number): string {
  switch (kind) {
    case 'trace':
      return id + id;
    case 'request':
      return `a${id.slice(1)}`;
    case 'attempt':
      return `b${id.slice(1)}`;
    case 'generation':
      return `c${id.slice(1)}`;
    case 'response':
      return `${id}0000`;
    case 'rawTrace':
      return Buffer.from(id + id, 'hex').toString('latin1');
    case 'rawSpan':
      return Buffer.from(id.slice(4), 'hex').toString('latin1');
    case 'series':
      return String(ordinal).padStart(8, '0');
  }
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
