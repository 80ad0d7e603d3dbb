/** Makes a batch of an OTLP/HTTP request. */
import type { IncomingMessage } from 'node:http';
import { IntakeError } from '../component/errors.ts';
import type { Encoding } from '../data/batch.ts';
import { spanCount } from '../data/spans.ts';
import { readBody } from './body.ts';
import type { Charge } from './charge.ts';
import { decodeTraces } from './codec.ts';
import type { DecodedTraces } from './decoded.ts';
import type { DecodedSpans } from './decoded-spans.ts';
import type { Decompressor } from './decompress.ts';
import { checkSpanDensity, objectsAllowed } from './density.ts';

export type BodyRules = Readonly<{
  /** As sent and decompressed. */
  maxBytes: number;
  decompressor: Decompressor;
  /** Of the receiver: whoever is given spans releases them. */
  decodedSpans: DecodedSpans;
}>;

const WHITE_SPACE = new Set([0x20, 0x09, 0x0a, 0x0d]);

/** Undefined: it holds nothing. `encoding` is judged once the body is read, since an empty one may be of any media type. */
export async function readTraces(
  request: IncomingMessage,
  encoding: Encoding | undefined,
  rules: BodyRules,
  charge: Charge,
): Promise<DecodedTraces | undefined> {
  const body = await readBody(request, rules.maxBytes, charge);
  if (body.length === 0) return undefined;
  try {
    const decoded = rules.decompressor.decode(body, request.headers['content-encoding']);
    const plain = decoded instanceof Promise ? await decoded : decoded;
    if (plain !== body) charge.grow(plain.length);
    const traces = rules.decodedSpans.decode(() => decode(plain, encoding));
    return traces instanceof Promise ? await traces : traces;
  } catch (error) {
    if (isConnectionTest(request) && isUnreadable(error)) return undefined;
    throw error;
  }
}

function decode(bytes: Uint8Array, encoding: Encoding | undefined): DecodedTraces | undefined {
  if (encoding !== 'protobuf' && isBlank(bytes)) return undefined;
  if (encoding === undefined) {
    const message = 'cannot read this media type; send OTLP as application/json or application/x-protobuf';
    throw new IntakeError('unsupported_media_type', message);
  }
  const decoded = decodeTraces({ encoding, bytes }, objectsAllowed(bytes.length));
  checkSpanDensity(spanCount(decoded.batch), bytes.length);
  return decoded;
}

function isBlank(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at++) if (!WHITE_SPACE.has(bytes[at] ?? 0)) return false;
  return true;
}

/** OpenRouter probes a webhook with an empty payload whose exact bytes are nowhere documented. */
function isConnectionTest({ headers }: IncomingMessage): boolean {
  return headers['x-test-connection'] === 'true';
}

function isUnreadable(error: unknown): boolean {
  if (!(error instanceof IntakeError)) return false;
  return error.code === 'malformed' || error.code === 'unsupported_media_type' || error.code === 'unsupported_encoding';
}
