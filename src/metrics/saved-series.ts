/** Writes the series of a metric as bytes for the snapshot and reads them back. */
import type { Exemplar } from '../data/metric.ts';

/** Label values, time of birth in ms, value, exemplar. */
export type ScalarRow = readonly [readonly (string | undefined)[], number, bigint, Exemplar | undefined];

/** Label values, time of birth in ms, sum, then a count and an exemplar for each bucket. */
export type HistogramRow = readonly [
  readonly (string | undefined)[],
  number,
  bigint,
  readonly bigint[],
  readonly (Exemplar | undefined)[],
];

/** As they stand in JSON, in the snapshot that its checksum says is ours. */
type SavedValues = readonly (string | null)[];
type SavedExemplar = readonly [traceId: string, spanId: string, value: string, timeMs: number] | null;
type SavedScalar = readonly [SavedValues, number, string, SavedExemplar];
type SavedHistogram = readonly [SavedValues, number, string, readonly string[], readonly SavedExemplar[]];

/** A part of so many rows takes about a millisecond to make. */
const PART_ROWS = 256;

/** Equal rows in equal order give equal bytes. The parts are made as they are asked for. */
export function* encodeSeries(rows: readonly (ScalarRow | HistogramRow)[]): Generator<Uint8Array> {
  for (let from = 0; from === 0 || from < rows.length; from += PART_ROWS) {
    const part = JSON.stringify(rows.slice(from, from + PART_ROWS), replace).slice(1, -1);
    yield Buffer.from(`${from === 0 ? '[' : ','}${part}${from + PART_ROWS < rows.length ? '' : ']'}`);
  }
}

export function decodeScalars(saved: Uint8Array): readonly ScalarRow[] {
  const rows: readonly SavedScalar[] = JSON.parse(Buffer.from(saved).toString());
  return rows.map(([values, bornMs, value, exemplar]) => [valuesIn(values), bornMs, BigInt(value), exemplarIn(exemplar)]);
}

export function decodeHistograms(saved: Uint8Array): readonly HistogramRow[] {
  const rows: readonly SavedHistogram[] = JSON.parse(Buffer.from(saved).toString());
  return rows.map(([values, bornMs, sum, counts, exemplars]) => {
    return [valuesIn(values), bornMs, BigInt(sum), counts.map(BigInt), exemplars.map(exemplarIn)];
  });
}

function valuesIn(saved: SavedValues): ScalarRow[0] {
  return saved.map((value) => value ?? undefined);
}

function exemplarIn(saved: SavedExemplar): Exemplar | undefined {
  if (saved === null) return undefined;
  const [traceId, spanId, value, timeMs] = saved;
  return { traceId, spanId, value: BigInt(value), timeMs };
}

/** Bigints as text, exemplars without their keys; an absent entry of a list is null by the rules of JSON. */
function replace(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  return isExemplar(value) ? [value.traceId, value.spanId, value.value, value.timeMs] : value;
}

function isExemplar(value: unknown): value is Exemplar {
  return typeof value === 'object' && value !== null && 'traceId' in value;
}
