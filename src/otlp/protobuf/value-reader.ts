/** Reads attributes: their keys at once, long texts when someone asks for them. */
import type { AnyValue, KeyValue } from '../../data/batch.ts';
import type { FieldFaults } from './field-faults.ts';
import { BASE64, BOOL, DOUBLE, INT64 } from './form.ts';
import * as tags from './value-tags.ts';
import type { WireReader } from './wire-reader.ts';

/** Deepest nesting of one attribute's value; it also bounds our own recursion. */
const MAX_DEPTH = 64;
/** Prompts are forwarded and hardly ever read: from this size on making a text of the bytes waits until someone does. */
const LONG_TEXT_BYTES = 512;

/** Lists are filled in place: what is repeated without end must not be copied each time. */
type Draft = AnyValue & {
  readonly arrayValue?: { readonly values: AnyValue[] };
  readonly kvlistValue?: { readonly values: KeyValue[] };
};

export function readKeyValue(reader: WireReader, faults: FieldFaults, depth = 1): KeyValue {
  const outerEnd = reader.enter();
  let key = '';
  let value: Draft | undefined;
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === tags.KEY) key = reader.text();
    else if (tag === tags.VALUE) value = readValue(reader, faults, depth, value);
    else reader.skip(tag);
  }
  reader.leave(outerEnd);
  return value === undefined ? { key } : { key, value };
}

/** Of several fields the last one counts; a list goes on where the same list ended. */
function readValue(reader: WireReader, faults: FieldFaults, depth: number, before: Draft = {}): Draft {
  const outerEnd = reader.enter();
  let value = before;
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    value = readField(tag, reader, faults, depth, value);
  }
  reader.leave(outerEnd);
  return value;
}

function readField(tag: number, reader: WireReader, faults: FieldFaults, depth: number, before: Draft): Draft {
  switch (tag) {
    case tags.STRING_VALUE:
      return readText(reader);
    case tags.BOOL_VALUE:
      return { boolValue: BOOL.read(reader) };
    case tags.INT_VALUE:
      return { intValue: INT64.read(reader) };
    case tags.DOUBLE_VALUE:
      return { doubleValue: DOUBLE.read(reader) };
    case tags.BYTES_VALUE:
      return { bytesValue: BASE64.read(reader) };
    case tags.ARRAY_VALUE:
    case tags.KVLIST_VALUE:
      return readList(tag, reader, faults, depth + 1, before);
    default:
      reader.skip(tag);
      return before;
  }
}

function readText(reader: WireReader): Draft {
  const short = reader.shortText();
  if (short !== undefined) return { stringValue: short };
  const start = reader.takeText();
  const end = reader.at;
  if (end - start < LONG_TEXT_BYTES) return { stringValue: reader.slice(start, end) };
  let text: string | undefined;
  return {
    get stringValue() {
      text ??= reader.slice(start, end);
      return text;
    },
  };
}

function readList(tag: number, reader: WireReader, faults: FieldFaults, depth: number, before: Draft): Draft {
  const isArray = tag === tags.ARRAY_VALUE;
  if (depth > MAX_DEPTH) {
    faults.count(isArray ? 'value.arrayValue' : 'value.kvlistValue');
    reader.skip(tag);
    return {};
  }
  const outerEnd = reader.enter();
  const items = before.arrayValue?.values ?? [];
  const members = before.kvlistValue?.values ?? [];
  for (let field = reader.tag(); field !== 0; field = reader.tag()) {
    if (field !== tags.VALUES) reader.skip(field);
    else if (isArray) items.push(readValue(reader, faults, depth));
    else members.push(readKeyValue(reader, faults, depth));
  }
  reader.leave(outerEnd);
  return isArray ? { arrayValue: { values: items } } : { kvlistValue: { values: members } };
}
