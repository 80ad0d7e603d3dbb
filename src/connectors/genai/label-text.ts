/** Makes the text of a label out of any attribute value: the same for values that mean the same. */
import { createHash } from 'node:crypto';
import type { AnyValue } from '../../data/batch.ts';

export const MOST_CHARACTERS = 128;
const PLAIN = /^[ -~]{0,128}$/;

/** Normalised, without control characters; a long one is cut and marked, so that two long ones stay two. */
export function labelText(raw: string): string {
  if (PLAIN.test(raw)) return raw;
  const text = raw
    .toWellFormed()
    .normalize('NFC')
    .replace(/\p{Cc}/gu, '');
  if (text.length <= MOST_CHARACTERS) return text;
  // Two code units are the most that one character takes.
  const characters = Array.from(text.slice(0, 2 * MOST_CHARACTERS + 2));
  if (characters.length <= MOST_CHARACTERS) return text;
  const mark = `…${hash(text, 8)}`;
  return characters.slice(0, MOST_CHARACTERS - mark.length).join('') + mark;
}

/** The first hexadecimal digits of its SHA-256. */
export function hash(text: string, digits: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, digits);
}

/** '' for what has no text. */
export function textOfValue(value: AnyValue): string {
  if (value.stringValue !== undefined) return value.stringValue;
  if (value.boolValue !== undefined) return String(value.boolValue);
  if (value.intValue !== undefined) return integerText(value.intValue);
  if (value.doubleValue !== undefined) return decimalText(Number(value.doubleValue));
  if (value.bytesValue !== undefined) return value.bytesValue;
  return value.arrayValue === undefined && value.kvlistValue === undefined ? '' : JSON.stringify(plain(value));
}

function integerText(value: number | string): string {
  return /^[+-]?\d{1,20}$/.test(String(value)) ? String(BigInt(value)) : String(value);
}

/** Shortest digits that read back as this number, without an exponent. */
function decimalText(value: number): string {
  const [mantissa = '', exponent] = String(value).split('e');
  if (exponent === undefined) return value === 0 ? '0' : mantissa;
  const sign = mantissa.startsWith('-') ? '-' : '';
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const point = whole.length + Number(exponent);
  const digits = whole + fraction;
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return sign + digits.padEnd(point, '0');
}

function plain(value: AnyValue): unknown {
  if (value.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(plain);
  if (value.kvlistValue !== undefined) {
    return Object.fromEntries((value.kvlistValue.values ?? []).map((member) => [member.key, plain(member.value ?? {})]));
  }
  if (value.intValue !== undefined) {
    const integer = Number(value.intValue);
    return Number.isSafeInteger(integer) ? integer : String(value.intValue);
  }
  if (value.doubleValue !== undefined) return Number(value.doubleValue);
  return value.stringValue ?? value.boolValue ?? value.bytesValue ?? null;
}
