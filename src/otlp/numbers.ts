/** Which texts and numbers stand for the numeric fields of OTLP/JSON. */
import { isDigits } from '../data/time.ts';

const MAX_INT64 = '9223372036854775807';
const MIN_INT64 = '-9223372036854775808';
const MAX_UINT64 = '18446744073709551615';
const DOUBLE = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$|^(?:NaN|-?Infinity)$/;

/** A number above 2^53 may be meant: whether its digits survived parsing is another question (`losesDigits`). */
export function isInt64(value: unknown): boolean {
  if (typeof value === 'number') return Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63;
  if (typeof value !== 'string' || !/^-?\d{1,19}$/.test(value)) return false;
  return fits(value, value.startsWith('-') ? MIN_INT64 : MAX_INT64);
}

export function isUint64(value: unknown): boolean {
  if (typeof value === 'number') return Number.isInteger(value) && value >= 0 && value < 2 ** 64;
  return typeof value === 'string' && isDigits(value, 20) && fits(value, MAX_UINT64);
}

export function isUint32(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 32;
}

export function isDouble(value: unknown): boolean {
  return typeof value === 'number' || (typeof value === 'string' && DOUBLE.test(value));
}

/** Digits of equal count compare as text; fewer are smaller. */
function fits(digits: string, limit: string): boolean {
  return digits.length < limit.length || digits <= limit;
}

/** A bare number of more digits than a double holds. */
export function losesDigits(value: unknown): boolean {
  return typeof value === 'number' && (value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER);
}

/** For `JSON.parse`: big integers become the text that was written; what overflowed a double becomes text that JSON can carry. */
export function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || !losesDigits(value)) return value;
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  const written = context?.source ?? '';
  return /^-?\d+$/.test(written) ? written : value;
}
