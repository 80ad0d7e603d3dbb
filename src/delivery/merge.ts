/** Makes requests of journal records, joining their bytes as they are, and takes apart those that a destination calls bad. */
import type { Batch, Encoded, Signal } from '../data/batch.ts';
import { filterSpans, spanCount } from '../data/spans.ts';
import type { JournalRecord, TakeLimit } from '../journal/contract.ts';
import { decodeTraces, encodeTraces, batchOf as tracesOf } from '../otlp/codec.ts';
import { joinEncoded } from '../otlp/merge.ts';

/** What one request carries, in the pieces that it came in; at least one. */
export type Parcel = Readonly<{ signal: Signal; pieces: readonly Piece[]; bytes: number; spans: number }>;
type Piece = Readonly<{ encoded: Encoded; spans: number }>;

/**
 * More pieces than this are halved first. Each on its own for few, halves for many: one bad record among a thousand is alone
 * after 20 requests.
 */
const FEW_PIECES = 4;

/** As few parcels within the limit as there can be in this order; a record that exceeds it alone is a parcel of its own. */
export function parcelsOf(records: readonly JournalRecord[], limit: TakeLimit): readonly Parcel[] {
  const groups: { signal: Signal; pieces: Piece[]; bytes: number; spans: number }[] = [];
  for (const { signal, encoding, bytes, mergeable, spans } of records) {
    const piece = { encoded: { encoding, bytes, mergeable }, spans };
    const group = groups.at(-1);
    const grown = group && { bytes: group.bytes + bytes.byteLength, spans: group.spans + spans };
    if (group && grown && group.signal === signal && joinable(group.pieces[0], piece) && !exceeds(grown, limit)) {
      group.pieces.push(piece);
      Object.assign(group, grown);
    } else {
      groups.push({ signal, pieces: [piece], bytes: bytes.byteLength, spans });
    }
  }
  return groups;
}

export function exceeds({ bytes, spans }: TakeLimit, limit: TakeLimit): boolean {
  return bytes > limit.bytes || spans > limit.spans;
}

/** The bytes of a lone piece are those that came. */
export function encodedOf({ pieces: [first, ...rest] }: Parcel): Encoded {
  if (first === undefined) throw new RangeError('a parcel holds at least one piece');
  return rest.length === 0 ? first.encoded : joinEncoded([first.encoded, ...rest.map(({ encoded }) => encoded)]);
}

export function batchOf(parcel: Parcel): Batch {
  const encoded = encodedOf(parcel);
  return parcel.signal === 'traces' ? tracesOf(encoded) : { signal: parcel.signal, resources: [], encoded };
}

/** False: it is a lone span, or nothing that could be decoded. */
export function divisible({ signal, pieces: [first, second] }: Parcel): boolean {
  if (second !== undefined) return true;
  return signal === 'traces' && first !== undefined && first.spans > 1;
}

/** Smaller parcels with the same spans; those of a lone piece are encoded anew. Only for what is divisible. */
export function takeApart({ signal, pieces }: Parcel): readonly Parcel[] {
  const [first, second] = pieces;
  if (first !== undefined && second === undefined) return halvesOf(first);
  if (pieces.length <= FEW_PIECES) return pieces.map((piece) => parcelOf(signal, [piece]));
  const middle = Math.ceil(pieces.length / 2);
  return [parcelOf(signal, pieces.slice(0, middle)), parcelOf(signal, pieces.slice(middle))];
}

function halvesOf({ encoded }: Piece): readonly Parcel[] {
  const { batch } = decodeTraces(encoded);
  const middle = Math.ceil(spanCount(batch) / 2);
  return [true, false].flatMap((first) => {
    let index = 0;
    const half = filterSpans(batch, () => index++ < middle === first);
    return half === undefined ? [] : [parcelOf('traces', [{ encoded: encodeTraces(half), spans: spanCount(half) }])];
  });
}

function parcelOf(signal: Signal, pieces: readonly Piece[]): Parcel {
  const bytes = pieces.reduce((sum, { encoded }) => sum + encoded.bytes.byteLength, 0);
  return { signal, pieces, bytes, spans: pieces.reduce((sum, { spans }) => sum + spans, 0) };
}

function joinable(first: Piece | undefined, next: Piece): boolean {
  return first?.encoded.mergeable === true && next.encoded.mergeable && first.encoded.encoding === next.encoded.encoding;
}
