/** A list of values with a blob each, as bytes. */

/** Lengths and values as JSON, then the blobs. */
export function pack(items: readonly Readonly<{ value: unknown; blob: Uint8Array }>[]): readonly Uint8Array[] {
  const index = Buffer.from(JSON.stringify(items.map(({ value, blob }) => [blob.byteLength, value])));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(index.length);
  return [length, index, ...items.map(({ blob }) => blob)];
}

export function unpack(bytes: Buffer): readonly Readonly<{ value: unknown; blob: Buffer }>[] {
  const indexEnd = 4 + bytes.readUInt32LE();
  const index: [number, unknown][] = JSON.parse(bytes.toString('utf8', 4, indexEnd));
  let at = indexEnd;
  return index.map(([length, value]) => {
    at += length;
    return { value, blob: bytes.subarray(at - length, at) };
  });
}
