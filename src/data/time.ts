/** Nanosecond times of OTLP as exact integers. */
import type { UnixNano } from './batch.ts';

/** Undefined for a time that is absent, negative, fractional or no number. */
export function nanoseconds(time: UnixNano | undefined): bigint | undefined {
  if (typeof time === 'number') return Number.isInteger(time) && time >= 0 ? BigInt(time) : undefined;
  return time !== undefined && /^\d{1,20}$/.test(time) ? BigInt(time) : undefined;
}

/** Milliseconds since the epoch, fraction cut. */
export function milliseconds(nanos: bigint): number {
  return Number(nanos / 1_000_000n);
}
