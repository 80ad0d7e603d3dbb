/** Takes texts, claims and amounts out of attribute values, whatever type the sender gave them. */
import type { AnyValue } from '../data/batch.ts';
import { exact, type InvalidReason, ONE } from '../data/exact.ts';

/** More than this in one span is an error of the sender and not added. */
const MOST = 1_000_000_000_000n * ONE;
const MOST_COUNTED = BigInt(Number.MAX_SAFE_INTEGER) * ONE;

/** In units of 1e-12, at least 0. */
export function amountOf(value: AnyValue): bigint | InvalidReason {
  const amount = signedAmountOf(value);
  return typeof amount === 'bigint' && amount < 0n ? 'negative' : amount;
}

export function signedAmountOf(value: AnyValue): bigint | InvalidReason {
  const amount = exact(value);
  if (typeof amount !== 'bigint') return amount;
  return amount > MOST || amount < -MOST ? 'out_of_range' : amount;
}

/** A whole number of things, also written `2.0`, in units of 1e-12. */
export function countOf(value: AnyValue): bigint | InvalidReason {
  const amount = exact(value);
  if (typeof amount !== 'bigint') return amount;
  if (amount < 0n) return 'negative';
  if (amount > MOST_COUNTED) return 'out_of_range';
  return amount % ONE === 0n ? amount : 'not_an_integer';
}

export function flagOf(value: AnyValue): boolean | undefined {
  if (value.boolValue !== undefined) return value.boolValue;
  const text = value.stringValue?.toLowerCase();
  return text === 'true' || text === 'false' ? text === 'true' : undefined;
}

/** What stands at a path in a map or in JSON text; the text itself if the path is empty and it is no JSON. */
export function memberOf(value: AnyValue, path: readonly string[]): AnyValue | undefined {
  const [name, ...rest] = path;
  if (value.kvlistValue !== undefined) {
    if (name === undefined) return value;
    const member = value.kvlistValue.values?.findLast(({ key }) => key === name)?.value;
    return member && memberOf(member, rest);
  }
  if (name === undefined && value.stringValue === undefined) return value;
  const document = parseJson(value.stringValue);
  if (document === undefined) return name === undefined ? value : undefined;
  return anyValueOf(path.reduce(ownMember, document));
}

/** Undefined for what is no JSON text. */
export function parseJson(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // a caller's text: that it is no JSON is an answer, not a fault
  }
}

export function ownMember(parent: unknown, name: string): unknown {
  return typeof parent === 'object' && parent !== null ? Object.getOwnPropertyDescriptor(parent, name)?.value : undefined;
}

function anyValueOf(json: unknown): AnyValue | undefined {
  switch (typeof json) {
    case 'string':
      return { stringValue: json };
    case 'number':
      return { doubleValue: json };
    case 'boolean':
      return { boolValue: json };
    default:
      return json === undefined ? undefined : {};
  }
}
