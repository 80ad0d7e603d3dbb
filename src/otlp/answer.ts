/** Says to an OTLP/HTTP sender what became of its request. */
import { StringDecoder } from 'node:string_decoder';
import type { Receipt } from '../component/contract.ts';
import { type IntakeCode, IntakeError } from '../component/errors.ts';
import { INTAKE_STATUS } from './status.ts';

export type Answer = Readonly<{ status: number; headers: Readonly<Record<string, string>>; body: string }>;

const MAX_MESSAGE_BYTES = 1024;

const HEADERS_BY_CODE: Partial<Record<IntakeCode, Readonly<Record<string, string>>>> = {
  unauthenticated: { 'www-authenticate': 'Bearer realm="spanmeter"' },
  bad_method: { allow: 'POST, PUT' },
  unsupported_encoding: { 'accept-encoding': 'gzip, identity' },
};

/** OTLP: nothing at all about a partial success where there was none. */
export const ACCEPTED = answerOf(200, {});

export function success({ rejected, reason }: Receipt): Answer {
  if (rejected === 0 && reason === '') return ACCEPTED;
  return answerOf(200, { partialSuccess: { rejectedSpans: String(rejected), errorMessage: cut(reason) } });
}

/** Whatever is no IntakeError is a fault of ours: after 500 no sender would try again, after 503 it does. */
export function failure(error: unknown): Answer {
  const known =
    error instanceof IntakeError
      ? error
      : new IntakeError('unavailable', 'cannot take the request: an internal fault; try again');
  const { code, message: full, retryAfterSeconds } = known;
  const { http, grpc } = INTAKE_STATUS[code];
  const message = cut(full);
  const retry = code === 'throttled' || code === 'unavailable';
  return answerOf(
    http,
    { code: grpc, message, ...(code === 'malformed' && { details: [badRequest(message)] }) },
    { ...HEADERS_BY_CODE[code], ...(retry && { 'retry-after': String(Math.max(1, Math.ceil(retryAfterSeconds ?? 1))) }) },
  );
}

function badRequest(description: string): object {
  return { '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [{ field: 'body', description }] };
}

function answerOf(status: number, content: object, headers: Readonly<Record<string, string>> = {}): Answer {
  const body = JSON.stringify(content);
  const length = String(Buffer.byteLength(body));
  return { status, headers: { 'content-type': 'application/json', 'content-length': length, ...headers }, body };
}

/** At most 1 KiB, no character in halves. */
function cut(message: string): string {
  const bytes = Buffer.from(message);
  return bytes.length <= MAX_MESSAGE_BYTES ? message : new StringDecoder('utf8').write(bytes.subarray(0, MAX_MESSAGE_BYTES));
}
