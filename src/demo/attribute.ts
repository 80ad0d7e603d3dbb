/** Writes attributes with the types that OpenRouter gives them. */
import type { KeyValue } from '../data/batch.ts';
import { decimalText } from '../data/exact.ts';

export function text(key: string, stringValue: string): KeyValue {
  return { key, value: { stringValue } };
}

export function integer(key: string, intValue: number): KeyValue {
  return { key, value: { intValue } };
}

/** A double, also where it is whole. */
export function double(key: string, doubleValue: number): KeyValue {
  return { key, value: { doubleValue } };
}

export function boolean(key: string, boolValue: boolean): KeyValue {
  return { key, value: { boolValue } };
}

/** The double whose shortest text is this amount; up to 1,000 USD there is one. */
export function usd(key: string, units: bigint): KeyValue {
  return double(key, Number(decimalText(units)));
}
