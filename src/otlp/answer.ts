/** Says to an OTLP/HTTP sender what became of its request, in the encoding that it speaks. */
import { StringDecoder } from 'node:string_decoder';
import type { Receipt } from '../component/contract.ts';
import { type IntakeCode, IntakeError } from '../component/errors.ts';
import type { Encoding } from '../data/batch.ts';
import { MEDIA_TYPE } from './media-type.ts';
import { encodeExportResponse, encodeRpcStatus } from './protobuf/answer.ts';
import { INTAKE_STATUS } from './status.ts';

export type Answer = Readonly<{ status: number; headers: Headers; body: string | Uint8Array }>;
type Headers = Readonly<Record<string, string>>;

const MAX_MESSAGE_BYTES = 1024;

/** What a refused sender may try instead. */
export type Terms = Readonly<{
  /** WWW-Authenticate. */
  challenge?: string | undefined;
  /** Accept-Encoding. */
  codings?: string | undefined;
}>;

const BEARER = 'Bearer realm="spanmeter"';

/** OTLP: nothing at all about a partial success where there was none. */
const ACCEPTED: Readonly<Record<Encoding, Answer>> = {
  json: answerOf(200, 'json', '{}'),
  protobuf: answerOf(200, 'protobuf', ''),
};

export function success({ rejected, reason }: Receipt, encoding: Encoding): Answer {
  if (rejected === 0 && reason === '') return ACCEPTED[encoding];
  const receipt = { rejected, reason: cut(reason) };
  return answerOf(200, encoding, encoding === 'json' ? jsonResponse(receipt) : encodeExportResponse(receipt));
}

/** Whatever is no IntakeError is a fault of ours: after 500 no sender would try again, after 503 it does. */
export function failure(error: unknown, encoding: Encoding, terms: Terms = {}): Answer {
  const known =
    error instanceof IntakeError
      ? error
      : new IntakeError('unavailable', 'cannot take the request: an internal fault; try again');
  const { code, retryAfterSeconds } = known;
  const { http, grpc } = INTAKE_STATUS[code];
  const message = cut(known.message);
  const status = { code: grpc, message, badRequest: code === 'malformed' ? message : undefined };
  const retry = code === 'throttled' || code === 'unavailable';
  return answerOf(http, encoding, encoding === 'json' ? jsonStatus(status) : encodeRpcStatus(status), {
    ...headersOf(code, terms),
    ...(retry && { 'retry-after': String(Math.max(1, Math.ceil(retryAfterSeconds ?? 1))) }),
  });
}

function headersOf(code: IntakeCode, { challenge = BEARER, codings }: Terms): Headers {
  if (code === 'unauthenticated') return { 'www-authenticate': challenge };
  if (code === 'unsupported_encoding' && codings !== undefined) return { 'accept-encoding': codings };
  return code === 'bad_method' ? { allow: 'POST, PUT' } : {};
}

/** A 64-bit integer is text in OTLP/JSON. None rejected: a warning. */
function jsonResponse({ rejected, reason }: Receipt): string {
  const rejectedSpans = rejected === 0 ? undefined : String(rejected);
  return JSON.stringify({ partialSuccess: { rejectedSpans, errorMessage: reason } });
}

function jsonStatus({ code, message, badRequest }: { code: number; message: string; badRequest: string | undefined }): string {
  const fieldViolations = [{ field: 'body', description: badRequest }];
  const details = badRequest && [{ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations }];
  return JSON.stringify({ code, message, details });
}

function answerOf(status: number, encoding: Encoding, body: string | Uint8Array, headers: Headers = {}): Answer {
  const length = String(Buffer.byteLength(body));
  return { status, headers: { 'content-type': MEDIA_TYPE[encoding], 'content-length': length, ...headers }, body };
}

/** At most 1 KiB, no character in halves. */
function cut(message: string): string {
  const bytes = Buffer.from(message);
  return bytes.length <= MAX_MESSAGE_BYTES ? message : new StringDecoder('utf8').write(bytes.subarray(0, MAX_MESSAGE_BYTES));
}
