/** Exact decimal amounts: integers of 1e-12 made from decimal text, never from floating-point arithmetic. */
import type { AnyValue } from './batch.ts';

/** Units of an amount in one whole: amounts count 1e-12. */
export const ONE = 1_000_000_000_000n;

const SCALE = 12;
const WHOLE = '0'.repeat(SCALE);
const UNITS_IN_ONE = Number(ONE);
/** So many digits survive the way into a double and back. */
const SAFE_DIGITS = 15;
const LEAST_LONG = 10 ** SAFE_DIGITS;
const PLAIN = /^\d+(?:\.\d+)?$/;
const DECIMAL = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** Beyond it a text of ten characters would build an integer of gigabytes. */
const MAX_EXPONENT = 400;
/** Beyond it the digits alone would hold up every other request. */
const MAX_CHARACTERS = 1000;

/** Why a value that is there cannot be counted. */
export type InvalidReason = 'not_a_number' | 'not_finite' | 'out_of_range' | 'negative' | 'not_an_integer';

/** Units of 1e-12 of an int, double or decimal text, rounded half up; a bool, list or empty value is no number. */
export function exact(value: AnyValue): bigint | InvalidReason {
  const raw = value.intValue ?? value.doubleValue ?? value.stringValue;
  if (typeof raw === 'number') return exactOfNumber(raw);
  return raw === undefined ? 'not_a_number' : exactOfText(raw);
}

/** The shortest decimal text that reads back as this double is what the sender wrote, up to 15 digits. */
export function exactOfNumber(value: number): bigint | InvalidReason {
  return shortUnits(value) ?? (Number.isFinite(value) ? exactOfDecimal(String(value)) : 'not_finite');
}

export function exactOfText(text: string): bigint | InvalidReason {
  const units = text.length <= SAFE_DIGITS && PLAIN.test(text) ? shortUnits(Number(text)) : undefined;
  return units ?? exactOfDecimal(text);
}

/**
 * What exactOfDecimal() makes of the shortest text of this double, where arithmetic finds it: of all texts of at most 15 digits
 * one alone reads back as this double, so the one that was found is the shortest. Undefined: it takes more digits, or is no number.
 */
function shortUnits(value: number): bigint | undefined {
  if (Number.isSafeInteger(value)) return BigInt(value) * ONE;
  const units = Math.round(value * UNITS_IN_ONE);
  return Math.abs(units) < LEAST_LONG && units / UNITS_IN_ONE === value ? BigInt(units) : undefined;
}

function exactOfDecimal(text: string): bigint | InvalidReason {
  if (!DECIMAL.test(text)) return /^[+-]?(nan|inf|infinity)$/i.test(text) ? 'not_finite' : 'not_a_number';
  if (text.length > MAX_CHARACTERS) return 'out_of_range';
  const [mantissa = '', exponentText = '0'] = text.toLowerCase().split('e');
  const exponent = Number(exponentText);
  if (Math.abs(exponent) > MAX_EXPONENT) return 'out_of_range';
  const negative = mantissa.startsWith('-');
  const [whole = '', fraction = ''] = mantissa.replace(/^[+-]/, '').split('.');
  const shift = SCALE + exponent - fraction.length;
  const digits = BigInt(whole + fraction);
  const units = shift >= 0 ? digits * 10n ** BigInt(shift) : divideHalfUp(digits, 10n ** BigInt(-shift));
  return negative ? -units : units;
}

/** `amount × weight`, both in units of 1e-12, rounded half up. */
export function scale(amount: bigint, weight: bigint): bigint {
  return weight === ONE ? amount : divideHalfUp(amount * weight, ONE);
}

/** Rounds half away from zero; `divisor` is positive. */
export function divideHalfUp(dividend: bigint, divisor: bigint): bigint {
  return dividend >= 0n ? (dividend + divisor / 2n) / divisor : -((-dividend + divisor / 2n) / divisor);
}

/** Plain decimal text: no exponent, no trailing zeros, no `-0`. */
export function decimalText(units: bigint): string {
  const negative = units < 0n;
  const plain = String(negative ? -units : units);
  if (plain.endsWith(WHOLE)) return `${negative ? '-' : ''}${plain.slice(0, -SCALE)}`; // most figures are
  const digits = plain.padStart(SCALE + 1, '0');
  const fraction = digits.slice(-SCALE).replace(/0+$/, '');
  const text = fraction === '' ? digits.slice(0, -SCALE) : `${digits.slice(0, -SCALE)}.${fraction}`;
  return negative ? `-${text}` : text;
}
