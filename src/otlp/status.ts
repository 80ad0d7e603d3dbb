/** What a refusal is called over HTTP and gRPC, and in the reference: the one table. */
import type { IntakeCode } from '../component/errors.ts';

type IntakeStatus = Readonly<{ http: number; grpc: number; meaning: string }>;

const INVALID_ARGUMENT = 3;
const PERMISSION_DENIED = 7;
const RESOURCE_EXHAUSTED = 8;
const UNIMPLEMENTED = 12;
const UNAVAILABLE = 14;
const UNAUTHENTICATED = 16;

/** OTLP senders try again after 429 and 503, and after no other of these. */
export const INTAKE_STATUS: Readonly<Record<IntakeCode, IntakeStatus>> = {
  malformed: { http: 400, grpc: INVALID_ARGUMENT, meaning: 'The body is no OTLP request, or its compression is broken.' },
  unauthenticated: { http: 401, grpc: UNAUTHENTICATED, meaning: 'Credentials are missing or wrong, or there are two of them.' },
  forbidden: { http: 403, grpc: PERMISSION_DENIED, meaning: 'The sender is known but may not send this.' },
  not_found: { http: 404, grpc: UNIMPLEMENTED, meaning: 'No pipeline takes what is sent to this path.' },
  bad_method: { http: 405, grpc: UNIMPLEMENTED, meaning: 'The method is neither POST nor PUT.' },
  too_large: {
    http: 413,
    grpc: RESOURCE_EXHAUSTED,
    meaning: 'The body is over `max_request_body_size`, as sent or decompressed.',
  },
  unsupported_media_type: {
    http: 415,
    grpc: UNIMPLEMENTED,
    meaning: 'The Content-Type is neither `application/json` nor `application/x-protobuf`.',
  },
  unsupported_encoding: { http: 415, grpc: UNIMPLEMENTED, meaning: 'The Content-Encoding is not accepted.' },
  throttled: { http: 429, grpc: UNAVAILABLE, meaning: 'The sender sends too much; Retry-After says when to go on.' },
  unavailable: {
    http: 503,
    grpc: UNAVAILABLE,
    meaning: 'The journal or the memory for requests is full, the daemon is stopping, or it has a fault of its own; try again.',
  },
};
