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

/** Equal series in equal order give equal bytes. */
export function encodeSeries<S>(series: Iterable<S>, row: (series: S) => ScalarRow | HistogramRow): Uint8Array {
  return Buffer.from(JSON.stringify(Array.from(series, row), replace));
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
