/** Finds out how many requests a span stands for. */
import { divideHalfUp, ONE } from '../../data/exact.ts';
import { amountOf } from '../../genai/any-value.ts';
import type { SpanReader } from '../../genai/span-reader.ts';

/** One by the sampling ratio, as an exact fraction. */
export type Weight = Readonly<{ numerator: bigint; denominator: bigint }>;

const ALL: Weight = { numerator: 1n, denominator: 1n };
/** A threshold of tracestate is a fraction of 2^56. */
const WHOLE = 1n << 56n;
const THRESHOLD = /(?:^|,)\s*ot=(?:[^,]*;)?th:([0-9a-f]{1,14})(?![0-9a-f])/;

/** By the attribute, else by tracestate, else by the constant; in units of 1e-12. */
export function weightOf(reader: SpanReader, attribute: string | undefined, ratio: bigint): Weight {
  return byAttribute(reader, attribute) ?? byTraceState(reader.span.traceState) ?? byRatio(ratio);
}

/** Half up at 1e-12. */
export function weighted(amount: bigint, { numerator, denominator }: Weight): bigint {
  return numerator === denominator ? amount : divideHalfUp(amount * numerator, denominator);
}

function byAttribute(reader: SpanReader, attribute: string | undefined): Weight | undefined {
  const value = attribute === undefined ? undefined : reader.value(attribute);
  if (value === undefined) return undefined;
  const ratio = amountOf(value);
  const inRange = typeof ratio !== 'bigint' || (ratio > 0n && ratio <= ONE);
  const usable = reader.countable(inRange ? ratio : 'out_of_range', 'openrouter_sampling_ratio');
  return usable === undefined ? undefined : byRatio(usable);
}

/** As the OpenTelemetry samplers write it: the share of traces that were dropped, in hexadecimal, trailing zeros left out. */
function byTraceState(traceState: string | undefined): Weight | undefined {
  const threshold = traceState ? THRESHOLD.exec(traceState)?.[1] : undefined;
  if (threshold === undefined) return undefined;
  return { numerator: WHOLE, denominator: WHOLE - BigInt(`0x${threshold.padEnd(14, '0')}`) };
}

function byRatio(ratio: bigint): Weight {
  return ratio === ONE ? ALL : { numerator: ONE, denominator: ratio };
}
