/** What protobuf's types of fields look like in a batch: how each is read and written. */
import { isDouble, isInt64, isUint32, isUint64 } from '../numbers.ts';
import type { FieldFaults } from './field-faults.ts';
import type { WireReader } from './wire-reader.ts';
import { FIXED32, FIXED64, LENGTH, VARINT } from './wire-types.ts';
import type { WireWriter } from './wire-writer.ts';

export type Writing = Readonly<{
  wireType: number;
  /** The content alone. False, and nothing is written: it is no value of this form. */
  write(writer: WireWriter, value: unknown): boolean;
}>;

export type Form = Writing &
  Readonly<{
    /** `before`: what the field held, should it come twice. Undefined: what came is no value of this form. */
    read(reader: WireReader, faults: FieldFaults, before: unknown): unknown;
  }>;

const HEXADECIMAL = /^(?:[0-9a-f]{2})*$/i;

export const TEXT = {
  wireType: LENGTH,
  read: (reader) => reader.text(),
  write: (writer, value) => typeof value === 'string' && writer.text(value),
} satisfies Form;

/** Hexadecimal text. An id of a wrong length keeps its bytes, half a byte or another character makes it empty. */
export const ID = {
  wireType: LENGTH,
  read: (reader) => reader.hex(),
  write: (writer, value) =>
    typeof value === 'string' && writer.bytes(HEXADECIMAL.test(value) ? Buffer.from(value, 'hex') : Buffer.alloc(0)),
} satisfies Form;

/** Written from standard and URL-safe base64, padded or not. */
export const BASE64 = {
  wireType: LENGTH,
  read: (reader: WireReader) => reader.bytes().toString('base64'),
  write: (writer, value) => typeof value === 'string' && writer.bytes(Buffer.from(value, 'base64')),
} satisfies Form;

/** Bytes as they are. */
export const BYTES = {
  wireType: LENGTH,
  read: (reader) => reader.bytes(),
  write: (writer, value) => value instanceof Uint8Array && writer.bytes(value),
} satisfies Form;

export const BOOL = {
  wireType: VARINT,
  read: (reader: WireReader) => reader.varint() !== 0,
  write: (writer, value) => typeof value === 'boolean' && writer.varint(value ? 1 : 0),
} satisfies Form;

export const UINT32 = {
  wireType: VARINT,
  read: (reader) => reader.uint32(),
  write: (writer, value) => typeof value === 'number' && isUint32(value) && writer.varint(value),
} satisfies Form;

/** A number, or decimal text where a number would lose digits. */
export const INT64 = {
  wireType: VARINT,
  read: (reader: WireReader) => reader.int64(),
  write: (writer, value) => isNumeric(value) && isInt64(value) && writer.int64(typeof value === 'string' ? BigInt(value) : value),
} satisfies Form;

/** A number; "NaN", "Infinity" and "-Infinity", for which JSON has no number. */
export const DOUBLE = {
  wireType: FIXED64,
  read(reader: WireReader) {
    const value = reader.double();
    return Number.isFinite(value) ? value : String(value);
  },
  write: (writer, value) => isNumeric(value) && isDouble(value) && writer.double(Number(value)),
} satisfies Form;

export const FLAGS = {
  wireType: FIXED32,
  read: (reader) => reader.fixed32(),
  write: (writer, value) => typeof value === 'number' && isUint32(value) && writer.fixed32(value),
} satisfies Form;

/** Decimal text. */
export const TIME = {
  wireType: FIXED64,
  read: (reader) => String(reader.fixed64()),
  write: (writer, value) => isNumeric(value) && isUint64(value) && writer.fixed64(BigInt(value)),
} satisfies Form;

/** A number; written from digits and from names too. */
export function enumeration(prefix: string, names: readonly string[]): Form {
  return {
    wireType: VARINT,
    read(reader) {
      const number = reader.uint32();
      return number < names.length ? number : undefined;
    },
    write(writer, value) {
      const number = names.findIndex((name, index) => value === index || value === String(index) || value === prefix + name);
      return number >= 0 && writer.varint(number);
    },
  };
}

/** Content, then its length, then the tag: the writer goes from back to front. */
export function writeField(writer: WireWriter, tag: number, form: Writing, value: unknown): void {
  const before = writer.length;
  if (!form.write(writer, value)) return;
  if (form.wireType === LENGTH) writer.varint(writer.length - before);
  writer.varint(tag);
}

function isNumeric(value: unknown): value is number | string {
  return typeof value === 'number' || typeof value === 'string';
}
