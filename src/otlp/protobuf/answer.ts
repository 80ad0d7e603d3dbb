/** Says and understands what became of an export request: OTLP's partial success, and the status of a refusal. */
import type { Receipt } from '../../component/contract.ts';
import { IntakeError } from '../../component/errors.ts';
import { BYTES, INT64, TEXT } from './form.ts';
import { Message } from './message.ts';

/** A `google.rpc.Status`. `badRequest` is what is wrong with the body; what is undefined is not said. */
export type RpcStatus = Readonly<{
  code: number;
  message: string;
  badRequest?: string | undefined;
  retryAfterMs?: number | undefined;
}>;

type Int64 = number | string;
type Any = Readonly<{ typeUrl?: string; value?: Uint8Array }>;
type Duration = Readonly<{ seconds?: Int64; nanos?: Int64 }>;
type Violation = Readonly<{ field?: string; description?: string }>;
type Response = Readonly<{ partialSuccess?: Readonly<{ rejectedSpans?: Int64; errorMessage?: string }> }>;
type Status = Readonly<{ code?: Int64; message?: string; details?: readonly Any[] }>;

const PARTIAL_SUCCESS = new Message('partialSuccess', { rejectedSpans: [1, INT64], errorMessage: [2, TEXT] });
const RESPONSE = new Message<Response>('response', { partialSuccess: [1, PARTIAL_SUCCESS] });

const ANY = new Message('any', { typeUrl: [1, TEXT], value: [2, BYTES] });
const STATUS = new Message<Status>('status', { code: [1, INT64], message: [2, TEXT], details: [3, ANY, 'list'] });
const VIOLATION = new Message('fieldViolation', { field: [1, TEXT], description: [2, TEXT] });
const BAD_REQUEST = new Message<Readonly<{ fieldViolations?: readonly Violation[] }>>('badRequest', {
  fieldViolations: [1, VIOLATION, 'list'],
});
const DURATION = new Message('duration', { seconds: [1, INT64], nanos: [2, INT64] });
const RETRY_INFO = new Message<Readonly<{ retryDelay?: Duration }>>('retryInfo', { retryDelay: [1, DURATION] });

const BAD_REQUEST_TYPE = 'type.googleapis.com/google.rpc.BadRequest';
const RETRY_INFO_TYPE = 'type.googleapis.com/google.rpc.RetryInfo';

/** Nothing at all where all was taken. */
export function encodeExportResponse({ rejected, reason }: Receipt): Uint8Array {
  if (rejected === 0 && reason === '') return RESPONSE.encode({});
  return RESPONSE.encode({ partialSuccess: { rejectedSpans: rejected, errorMessage: reason } });
}

/** Undefined: the bytes are no such message. */
export function decodeExportResponse(bytes: Uint8Array): Receipt | undefined {
  const response = decode(RESPONSE, bytes);
  if (response === undefined) return undefined;
  const { rejectedSpans = 0, errorMessage = '' } = response.partialSuccess ?? {};
  return { rejected: Number(rejectedSpans), reason: errorMessage };
}

export function encodeRpcStatus({ code, message, badRequest, retryAfterMs }: RpcStatus): Uint8Array {
  const details: Any[] = [];
  if (badRequest !== undefined) {
    const value = BAD_REQUEST.encode({ fieldViolations: [{ field: 'body', description: badRequest }] });
    details.push({ typeUrl: BAD_REQUEST_TYPE, value });
  }
  if (retryAfterMs !== undefined) {
    const retryDelay = { seconds: Math.floor(retryAfterMs / 1000), nanos: Math.round((retryAfterMs % 1000) * 1e6) };
    details.push({ typeUrl: RETRY_INFO_TYPE, value: RETRY_INFO.encode({ retryDelay }) });
  }
  return STATUS.encode({ code, message, details });
}

/** Undefined: the bytes are no such message. A detail that cannot be read is as absent. */
export function decodeRpcStatus(bytes: Uint8Array): RpcStatus | undefined {
  const status = decode(STATUS, bytes);
  if (status === undefined) return undefined;
  const { code = 0, message = '', details = [] } = status;
  const violations = decodeDetail(BAD_REQUEST, BAD_REQUEST_TYPE, details)?.fieldViolations;
  const retryDelay = decodeDetail(RETRY_INFO, RETRY_INFO_TYPE, details)?.retryDelay;
  return {
    code: Number(code),
    message,
    badRequest: violations?.[0]?.description,
    retryAfterMs: retryDelay && milliseconds(retryDelay),
  };
}

function decodeDetail<Shape extends object>(type: Message<Shape>, typeUrl: string, details: readonly Any[]): Shape | undefined {
  const value = details.find((detail) => detail.typeUrl === typeUrl)?.value;
  return value && decode(type, value);
}

function milliseconds({ seconds = 0, nanos = 0 }: Duration): number {
  return Number(seconds) * 1000 + Number(nanos) / 1e6;
}

/** What a destination says is a value, whatever it says. */
function decode<Shape extends object>(message: Message<Shape>, bytes: Uint8Array): Shape | undefined {
  try {
    return message.decode(bytes).content;
  } catch (error) {
    if (error instanceof IntakeError) return undefined;
    throw error;
  }
}
