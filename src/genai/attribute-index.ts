/** Picks the attributes that some rule asks for out of a span, in one pass and without looking into any other value. */
import type { AnyValue, Attributes } from '../data/batch.ts';

const EMPTY: AnyValue = {};

/** Of a key that stands twice the last one counts: senders put their own keys behind the caller's. */
export function indexAttributes(attributes: Attributes = [], wanted: ReadonlySet<string>): ReadonlyMap<string, AnyValue> {
  const index = new Map<string, AnyValue>();
  for (const { key, value } of attributes) {
    if (wanted.has(key)) index.set(key, value ?? EMPTY);
  }
  return index;
}
