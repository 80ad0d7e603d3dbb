/** Makes a batch of an OTLP/HTTP request. */
import type { IncomingMessage } from 'node:http';
import { IntakeError } from '../component/errors.ts';
import { readBody } from './body.ts';
import type { Charge } from './charge.ts';
import type { Decompressor } from './decompress.ts';
import { type DecodedTraces, decodeTraces } from './json.ts';

export type BodyRules = Readonly<{
  /** As sent and decompressed. */
  maxBytes: number;
  decompressor: Decompressor;
}>;

const JSON_TYPE = 'application/json';
const WHITE_SPACE = new Set([0x20, 0x09, 0x0a, 0x0d]);

/** Undefined: it holds nothing. The media type is judged once the body is read, since an empty one may have any. */
export async function readTraces(request: IncomingMessage, rules: BodyRules, charge: Charge): Promise<DecodedTraces | undefined> {
  const body = await readBody(request, rules.maxBytes, charge);
  if (body.length === 0) return undefined;
  try {
    return await decode(body, request, rules, charge);
  } catch (error) {
    if (isConnectionTest(request) && isUnreadable(error)) return undefined;
    throw error;
  }
}

async function decode(
  body: Uint8Array,
  { headers }: IncomingMessage,
  { decompressor }: BodyRules,
  charge: Charge,
): Promise<DecodedTraces | undefined> {
  const plain = await decompressor.decode(body, headers['content-encoding']);
  if (plain !== body) charge.grow(plain.length);
  if (plain.every((byte) => WHITE_SPACE.has(byte))) return undefined;
  if (!isJson(headers['content-type'])) {
    const message =
      'cannot read this media type: protobuf is not taken yet; send OTLP as JSON with Content-Type: application/json';
    throw new IntakeError('unsupported_media_type', message);
  }
  return decodeTraces(plain);
}

function isJson(contentType = ''): boolean {
  if (contentType === JSON_TYPE) return true;
  const [mediaType = ''] = contentType.split(';', 1);
  return mediaType.trim().toLowerCase() === JSON_TYPE;
}

/** OpenRouter probes a webhook with an empty payload whose exact bytes are nowhere documented. */
function isConnectionTest({ headers }: IncomingMessage): boolean {
  return headers['x-test-connection'] === 'true';
}

function isUnreadable(error: unknown): boolean {
  if (!(error instanceof IntakeError)) return false;
  return error.code === 'malformed' || error.code === 'unsupported_media_type' || error.code === 'unsupported_encoding';
}
