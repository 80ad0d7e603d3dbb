/** Reads and replaces attributes; of a key that stands twice the last one counts. */
import type { AnyValue, Attributes } from './batch.ts';

export function attributeOf(attributes: Attributes | undefined, key: string): AnyValue | undefined {
  return attributes?.findLast((attribute) => attribute.key === key)?.value;
}

/** The text of a string attribute; undefined for every other type. */
export function textOf(attributes: Attributes | undefined, key: string): string | undefined {
  return attributeOf(attributes, key)?.stringValue;
}
