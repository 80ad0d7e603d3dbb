/** Nanosecond times of OTLP as exact integers. */
import type { UnixNano } from './batch.ts';

/** Undefined for a time that is absent, negative, fractional or no number. */
export function nanoseconds(time: UnixNano | undefined): bigint | undefined {
  if (typeof time === 'number') return Number.isInteger(time) && time >= 0 ? BigInt(time) : undefined;
  return time !== undefined && isDigits(time, 20) ? BigInt(time) : undefined;
}

/** One at least; several times as quick as a pattern. */
export function isDigits(text: string, most: number): boolean {
  if (text.length === 0 || text.length > most) return false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x30 || code > 0x39) return false;
  }
  return true;
}

/** Milliseconds since the epoch, fraction cut. */
export function milliseconds(nanos: bigint): number {
  return Number(nanos / 1_000_000n);
}
