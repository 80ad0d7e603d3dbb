/** Writes the series of a metric as bytes for the snapshot and reads them back. */
import { z } from 'zod';
import type { Exemplar } from '../data/metric.ts';

const amount = z.string().transform(BigInt);
const values = z.array(
  z
    .string()
    .nullable()
    .transform((value) => value ?? undefined),
);
const exemplar = z
  .tuple([z.string(), z.string(), amount, z.number()])
  .nullable()
  .transform((saved): Exemplar | undefined => {
    if (saved === null) return undefined;
    const [traceId, spanId, value, timeMs] = saved;
    return { traceId, spanId, value, timeMs };
  });

/** Label values, time of birth in ms, value, exemplar. */
export const ScalarRow = z.tuple([values, z.number(), amount, exemplar]).readonly();
export type ScalarRow = readonly [readonly (string | undefined)[], number, bigint, Exemplar | undefined];

/** Label values, time of birth in ms, sum, then a count and an exemplar for each bucket. */
export const HistogramRow = z.tuple([values, z.number(), amount, z.array(amount), z.array(exemplar)]).readonly();
export type HistogramRow = readonly [
  readonly (string | undefined)[],
  number,
  bigint,
  readonly bigint[],
  readonly (Exemplar | undefined)[],
];

/** A part of so many rows takes about a millisecond to make. */
const PART_ROWS = 256;

/** Equal rows in equal order give equal bytes. The parts are made as they are asked for. */
export function* encodeSeries(rows: readonly (ScalarRow | HistogramRow)[]): Generator<Uint8Array> {
  for (let from = 0; from === 0 || from < rows.length; from += PART_ROWS) {
    const part = JSON.stringify(rows.slice(from, from + PART_ROWS), replace).slice(1, -1);
    yield Buffer.from(`${from === 0 ? '[' : ','}${part}${from + PART_ROWS < rows.length ? '' : ']'}`);
  }
}

export function decodeSeries<R extends z.ZodType>(row: R, saved: Uint8Array): z.output<R>[] {
  return z.array(row).parse(JSON.parse(Buffer.from(saved).toString()));
}

/** Bigints as text, exemplars without their keys; an absent entry of a list is null by the rules of JSON. */
function replace(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  return isExemplar(value) ? [value.traceId, value.spanId, value.value, value.timeMs] : value;
}

function isExemplar(value: unknown): value is Exemplar {
  return typeof value === 'object' && value !== null && 'traceId' in value;
}
