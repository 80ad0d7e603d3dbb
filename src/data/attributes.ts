/** Reads and replaces attributes; of a key that stands twice the last one counts. */
import { isDeepStrictEqual } from 'node:util';
import type { AnyValue, Attributes } from './batch.ts';
import { mapItems } from './map-items.ts';

const EMPTY: AnyValue = {};

export function attributeOf(attributes: Attributes | undefined, key: string): AnyValue | undefined {
  return attributes?.findLast((attribute) => attribute.key === key)?.value;
}

/** The text of a string attribute; undefined for every other type. */
export function textOf(attributes: Attributes | undefined, key: string): string | undefined {
  return attributeOf(attributes, key)?.stringValue;
}

/** Also of the empty value. */
export function hasAttribute(attributes: Attributes, key: string): boolean {
  return attributes.some((attribute) => attribute.key === key);
}

/** With this value wherever the key stands, or behind all others; the list itself when it says so already. */
export function put(attributes: Attributes, key: string, value: AnyValue): Attributes {
  if (!hasAttribute(attributes, key)) return [...attributes, { key, value }];
  return replaceValues(
    attributes,
    (other) => other === key,
    () => value,
  );
}

/** Wherever these keys stand; the list itself when none does. */
export function remove(attributes: Attributes, chosen: (key: string) => boolean): Attributes {
  const rest = attributes.filter(({ key }) => !chosen(key));
  return rest.length === attributes.length ? attributes : rest;
}

/** With other values wherever these keys stand; the list itself when no value differs. */
export function replaceValues(
  attributes: Attributes,
  chosen: (key: string) => boolean,
  change: (value: AnyValue, key: string) => AnyValue,
): Attributes {
  return mapItems(attributes, (attribute) => {
    if (!chosen(attribute.key)) return attribute;
    const { value = EMPTY } = attribute;
    const changed = change(value, attribute.key);
    return isDeepStrictEqual(changed, value) ? attribute : { ...attribute, value: changed };
  });
}

/** What has attributes, with others; itself when they stay. */
export function mapAttributes<T extends Readonly<{ attributes?: Attributes }>>(
  owner: T,
  change: (attributes: Attributes) => Attributes,
): T {
  const { attributes = [] } = owner;
  const changed = change(attributes);
  return changed === attributes ? owner : { ...owner, attributes: changed };
}
