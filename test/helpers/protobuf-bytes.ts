/** Protobuf written by hand, for what no library would write. */

export function concat(...parts: readonly (Uint8Array | readonly number[])[]): Buffer {
  return Buffer.concat(parts.map((part) => Uint8Array.from(part)));
}

export function varint(value: number | bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return [...bytes, Number(rest)];
}

export function tag(number: number, wireType: number): number[] {
  return varint(number * 8 + wireType);
}

export function number(field: number, value: number | bigint): Buffer {
  return concat(tag(field, 0), varint(value));
}

export function message(field: number, ...content: readonly (Uint8Array | readonly number[])[]): Buffer {
  const body = concat(...content);
  return concat(tag(field, 2), varint(body.length), body);
}

export function text(field: number, content: string): Buffer {
  return message(field, Buffer.from(content));
}

export function group(field: number, ...content: readonly Uint8Array[]): Buffer {
  return concat(tag(field, 3), ...content, tag(field, 4));
}

/** A request with one span of these fields. */
export function requestOf(...span: readonly (Uint8Array | readonly number[])[]): Buffer {
  return message(1, message(2, message(2, ...span)));
}

/** A request with one span with one attribute "k" of these fields of an AnyValue. */
export function requestOfValue(...value: readonly (Uint8Array | readonly number[])[]): Buffer {
  return requestOf(message(9, text(1, 'k'), message(2, ...value)));
}
