/** Makes other values out of attribute values: a hash that cannot be read back, another type that says the same. */
import { createHash } from 'node:crypto';
import type { AnyValue } from './batch.ts';
import { valueText } from './value-text.ts';

export type ValueType = 'string' | 'int' | 'double';

/** No more digits than can fit: a text of a million would take seconds to become a number. */
const INTEGER = /^[+-]?0*\d{1,19}$/;
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const NOT_FINITE = /^(?:nan|[+-]?inf(?:inity)?)$/i;

/** SHA-256 in hexadecimal of the text, of a number as 8 bytes little-endian, of a boolean as one; '' of everything else. */
export function hashedValue(value: AnyValue): AnyValue {
  const bytes = bytesToHash(value);
  return { stringValue: bytes === undefined ? '' : createHash('sha256').update(bytes).digest('hex') };
}

/** The value itself where the type cannot say it. */
export function convertedValue(value: AnyValue, type: ValueType): AnyValue {
  switch (type) {
    case 'string':
      return value.stringValue === undefined ? { stringValue: valueText(value) } : value;
    case 'int':
      return integerOf(value) ?? value;
    case 'double':
      return doubleOf(value) ?? value;
  }
}

function bytesToHash({ stringValue, boolValue, intValue, doubleValue }: AnyValue): string | Uint8Array | undefined {
  if (stringValue !== undefined) return stringValue;
  if (boolValue !== undefined) return Uint8Array.of(boolValue ? 1 : 0);
  const bytes = Buffer.alloc(8);
  if (intValue !== undefined) bytes.writeBigInt64LE(BigInt.asIntN(64, BigInt(intValue)));
  else if (doubleValue !== undefined) bytes.writeDoubleLE(Number(doubleValue));
  else return undefined;
  return bytes;
}

function integerOf({ stringValue, boolValue, doubleValue }: AnyValue): AnyValue | undefined {
  if (boolValue !== undefined) return { intValue: boolValue ? 1 : 0 };
  if (doubleValue !== undefined) return int64(truncated(Number(doubleValue)));
  return stringValue !== undefined && INTEGER.test(stringValue) ? int64(BigInt(stringValue)) : undefined;
}

function doubleOf({ stringValue, boolValue, intValue }: AnyValue): AnyValue | undefined {
  if (boolValue !== undefined) return { doubleValue: boolValue ? 1 : 0 };
  if (intValue !== undefined) return { doubleValue: Number(intValue) };
  if (stringValue === undefined) return undefined;
  if (NOT_FINITE.test(stringValue)) return { doubleValue: notFinite(stringValue) };
  const digits = stringValue.replace(/(?<=\d)_(?=\d)/g, '');
  const double = DECIMAL.test(digits) ? Number(digits) : Number.NaN;
  return Number.isFinite(double) ? { doubleValue: double } : undefined;
}

function truncated(double: number): bigint | undefined {
  return Number.isFinite(double) ? BigInt(Math.trunc(double)) : undefined;
}

function int64(integer: bigint | undefined): AnyValue | undefined {
  return integer !== undefined && BigInt.asIntN(64, integer) === integer ? { intValue: String(integer) } : undefined;
}

/** As OTLP/JSON spells it. */
function notFinite(text: string): string {
  if (/nan/i.test(text)) return 'NaN';
  return text.startsWith('-') ? '-Infinity' : 'Infinity';
}
