/** The two errors that cross a component's border: a request that was not accepted, a config that is wrong. */

export type IntakeCode =
  | 'malformed'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'bad_method'
  | 'too_large'
  | 'unsupported_media_type'
  | 'unsupported_encoding'
  | 'throttled'
  | 'unavailable';

/** A request was not accepted. `code` becomes HTTP and gRPC status in one table (otlp/status.ts); the message goes to the sender. */
export class IntakeError extends Error {
  override readonly name = 'IntakeError';
  readonly code: IntakeCode;
  /** When the sender may try again; only for `throttled` and `unavailable`. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: IntakeCode, message: string, options: { retryAfterSeconds?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}
