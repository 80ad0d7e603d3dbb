/** What an HTTP status means for the spans of a request. */
import type { Outcome, Receipt } from '../../component/contract.ts';

export type Answer = Readonly<{
  status: number;
  retryAfterMs: number | undefined;
  partial: Receipt | undefined;
  /** Longer than what is read. */
  tooLong: boolean;
  /** What it says in words and may be logged; '' for nothing. */
  message: () => string;
}>;

/** The statuses that OTLP lets a client repeat. */
const RETRYABLE = new Set([429, 502, 503, 504]);
/** The request is too large, or something in it is wrong; some servers answer 400 for both. */
const BAD_BATCH = new Set([400, 413, 431]);
/** Says nothing about the spans: whoever mends it can send them. */
const HINT_BY_DENIED = new Map([
  [401, 'check the token in headers or auth, and that it may write traces'],
  [403, 'check the token in headers or auth, and that it may write traces'],
  [404, 'check the path of the endpoint'],
  [405, 'check the path of the endpoint'],
  [407, 'check the user and password in proxy_url'],
]);

export function judge(url: string, { status, retryAfterMs, partial, tooLong, message }: Answer): Outcome {
  const reason = `${url} answered ${status}`;
  if (status >= 200 && status < 300) {
    if (tooLong) return { status: 'refused', reason: `${reason} with more text than OTLP servers send` };
    return { status: 'delivered', partial };
  }
  if (RETRYABLE.has(status)) return { status: 'unavailable', reason, retryAfterMs, throttled: status === 429 };
  if (BAD_BATCH.has(status)) return { status: 'bad_batch', reason: withMessage(reason, message()) };
  if (status < 400) return { status: 'denied', reason: `${reason}; redirects are not followed, name the final address` };
  const hint = HINT_BY_DENIED.get(status);
  if (hint !== undefined) return { status: 'denied', reason: `${reason}; ${hint}` };
  return { status: 'refused', reason: withMessage(reason, message()) };
}

/** Only for spans that may be gone for good: the rest passes once the destination is mended. */
function withMessage(reason: string, message: string): string {
  return message === '' ? reason : `${reason}: ${message}`;
}
