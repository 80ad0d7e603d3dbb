/** Writes attributes; what is not of the type that OTLP says is left out. */
import { isObject } from '../inspector.ts';
import { BASE64, BOOL, DOUBLE, INT64, TEXT, type Writing, writeField } from './form.ts';
import * as tags from './value-tags.ts';
import { LENGTH } from './wire-types.ts';
import type { WireWriter } from './wire-writer.ts';

const ANY_VALUE: Writing = { wireType: LENGTH, write: writeValue };
const ARRAY_VALUE: Writing = { wireType: LENGTH, write: (writer, list) => writeList(writer, list, ANY_VALUE) };
const KVLIST_VALUE: Writing = {
  wireType: LENGTH,
  write: (writer, list) => writeList(writer, list, { wireType: LENGTH, write: writeKeyValue }),
};

/** In the order of the OTLP schema: of several the first one counts. */
const CONTENTS: readonly (readonly [name: string, tag: number, form: Writing])[] = [
  ['stringValue', tags.STRING_VALUE, TEXT],
  ['boolValue', tags.BOOL_VALUE, BOOL],
  ['intValue', tags.INT_VALUE, INT64],
  ['doubleValue', tags.DOUBLE_VALUE, DOUBLE],
  ['arrayValue', tags.ARRAY_VALUE, ARRAY_VALUE],
  ['kvlistValue', tags.KVLIST_VALUE, KVLIST_VALUE],
  ['bytesValue', tags.BYTES_VALUE, BASE64],
];

export function writeKeyValue(writer: WireWriter, keyValue: unknown): boolean {
  if (!isObject(keyValue)) return false;
  const { key, value } = keyValue;
  writeField(writer, tags.VALUE, ANY_VALUE, value);
  if (key !== '') writeField(writer, tags.KEY, TEXT, key);
  return true;
}

function writeValue(writer: WireWriter, value: unknown): boolean {
  if (!isObject(value)) return false;
  const content = CONTENTS.find(([name]) => value[name] !== undefined);
  if (content !== undefined) {
    const [name, tag, form] = content;
    writeField(writer, tag, form, value[name]);
  }
  return true;
}

function writeList(writer: WireWriter, list: unknown, form: Writing): boolean {
  if (!isObject(list)) return false;
  const { values } = list;
  if (Array.isArray(values)) for (const value of values.toReversed()) writeField(writer, tags.VALUES, form, value);
  return true;
}
