/** Writes any attribute value as text, as the Collector does. */
import type { AnyValue, Attributes } from './batch.ts';

/** '' for the empty value, JSON for lists and maps (keys in order), base64 for bytes. */
export function valueText(value: AnyValue): string {
  if (value.stringValue !== undefined) return value.stringValue;
  if (value.boolValue !== undefined) return String(value.boolValue);
  if (value.intValue !== undefined) return String(value.intValue);
  if (value.doubleValue !== undefined) return String(Number(value.doubleValue));
  if (value.bytesValue !== undefined) return value.bytesValue;
  return value.arrayValue === undefined && value.kvlistValue === undefined ? '' : JSON.stringify(plainValue(value));
}

/** As JSON has it; an integer beyond 2^53 is text there. */
function plainValue(value: AnyValue): unknown {
  if (value.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(plainValue);
  if (value.kvlistValue !== undefined) return plainMap(value.kvlistValue.values ?? []);
  if (value.intValue !== undefined) {
    const integer = Number(value.intValue);
    return Number.isSafeInteger(integer) ? integer : String(value.intValue);
  }
  if (value.doubleValue !== undefined) return Number(value.doubleValue);
  return value.stringValue ?? value.boolValue ?? value.bytesValue ?? null;
}

function plainMap(members: Attributes): unknown {
  const inOrder = members.toSorted((left, right) => (left.key < right.key ? -1 : Number(left.key > right.key)));
  return Object.fromEntries(inOrder.map(({ key, value = {} }) => [key, plainValue(value)]));
}
