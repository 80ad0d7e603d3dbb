/** What can be done to a list of attributes, one action after another; the list itself when there is nothing to do. */
import { attributeOf, hasAttribute, put, remove, replaceValues } from './attributes.ts';
import type { AnyValue, Attributes } from './batch.ts';
import { convertedValue, hashedValue, type ValueType } from './value-conversion.ts';

/** Where a value comes from: the config, or another attribute, which may be absent. */
export type ValueSource = Readonly<{ value: AnyValue }> | Readonly<{ fromAttribute: string; fallback: AnyValue | undefined }>;

export type AttributeAction =
  | Readonly<{ action: 'insert' | 'update' | 'upsert'; key: string; source: ValueSource }>
  | Readonly<{ action: 'delete' | 'hash'; chosen: (key: string) => boolean }>
  /** `match`: the values by the keys that they are to stand under. */
  | Readonly<{ action: 'extract'; key: string; match: (text: string) => readonly (readonly [key: string, text: string])[] }>
  | Readonly<{ action: 'convert'; key: string; type: ValueType }>;

export function act(attributes: Attributes, action: AttributeAction): Attributes {
  switch (action.action) {
    case 'insert':
      return hasAttribute(attributes, action.key) ? attributes : write(attributes, action);
    case 'update':
      return hasAttribute(attributes, action.key) ? write(attributes, action) : attributes;
    case 'upsert':
      return write(attributes, action);
    case 'delete':
      return remove(attributes, action.chosen);
    case 'hash':
      return replaceValues(attributes, action.chosen, hashedValue);
    case 'extract':
      return extract(attributes, action);
    case 'convert':
      return replaceValues(
        attributes,
        (key) => key === action.key,
        (value) => convertedValue(value, action.type),
      );
  }
}

function write(attributes: Attributes, { key, source }: Readonly<{ key: string; source: ValueSource }>): Attributes {
  const value = valueFrom(attributes, source);
  return value === undefined ? attributes : put(attributes, key, value);
}

function valueFrom(attributes: Attributes, source: ValueSource): AnyValue | undefined {
  if ('value' in source) return source.value;
  const { fromAttribute, fallback } = source;
  return hasAttribute(attributes, fromAttribute) ? (attributeOf(attributes, fromAttribute) ?? {}) : fallback;
}

function extract(attributes: Attributes, { key, match }: Extract<AttributeAction, { action: 'extract' }>): Attributes {
  const text = attributeOf(attributes, key)?.stringValue;
  const found = text === undefined ? [] : match(text);
  return found.reduce((list, [name, stringValue]) => put(list, name, { stringValue }), attributes);
}
