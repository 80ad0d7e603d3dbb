/** Finds the ids of all spans in a request, without reading the rest of it. */

const JSON_KEY = Buffer.from('"spanId":"');
const ID_DIGITS = 16;
/** Field numbers of TracesData.resource_spans, ResourceSpans.scope_spans, ScopeSpans.spans and Span.span_id. */
const PATH = [1, 2, 2, 2] as const;
const VARINT = 0;
/** Of the wire types whose length is not written before them. */
const FIXED_BYTES: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

export function spanIdsIn(body: Buffer, protobuf: boolean): readonly string[] {
  const ids: string[] = [];
  if (protobuf) walk(body, 0, body.length, 0, ids);
  else
    for (let at = body.indexOf(JSON_KEY); at >= 0; at = body.indexOf(JSON_KEY, at + ID_DIGITS)) {
      const from = at + JSON_KEY.length;
      ids.push(body.toString('latin1', from, from + ID_DIGITS));
    }
  return ids;
}

function walk(body: Buffer, from: number, end: number, depth: number, ids: string[]): void {
  let at = from;
  const varint = () => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = body[at++]!;
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  };
  while (at < end) {
    const tag = varint();
    const type = tag & 7;
    const written = type in FIXED_BYTES ? FIXED_BYTES[type]! : varint();
    const length = type === VARINT ? 0 : written;
    if (tag >> 3 === PATH[depth]) {
      if (depth === PATH.length - 1) ids.push(body.toString('hex', at, at + length));
      else walk(body, at, at + length, depth + 1, ids);
    }
    at += length;
  }
}
