/** Reads the spans by which OpenRouter reports its tries with one provider after another. */
import type { Span } from '../data/batch.ts';
import { ONE } from '../data/exact.ts';
import { countOf } from './any-value.ts';
import { isSuccess } from './provider-responses.ts';
import type { SpanReader } from './span-reader.ts';
import { durationOf } from './timings.ts';

export type Attempt = Readonly<{
  reader: SpanReader;
  /** Key of the request that it belongs to. */
  request: string;
  /** Order among its siblings, from 0. */
  index: number;
  model: string | undefined;
  provider: string | undefined;
  /** HTTP status code. */
  status: number | undefined;
  /** Until the provider's headers; in 1e-12 s. */
  duration: bigint | undefined;
}>;

export function attemptOf(reader: SpanReader): Attempt {
  return {
    reader,
    request: parentKey(reader.span),
    index: wholeNumber(reader, 'attemptIndex') ?? 0,
    model: reader.text('attemptModel'),
    provider: reader.text('servingProvider'),
    status: statusOf(reader),
    duration: durationOf(reader, 'openrouter_provider_attempt_duration_seconds'),
  };
}

/** By request: the status of the last try that failed. */
export function lastFailedStatuses(attempts: readonly Attempt[]): ReadonlyMap<string, string> {
  const inOrder = attempts.toSorted((a, b) => a.index - b.index);
  return new Map(
    inOrder.flatMap(({ request, status }) => (status === undefined || isSuccess(status) ? [] : [[request, String(status)]])),
  );
}

/** Span ids are unique within a trace only. */
export function spanKey({ traceId, spanId }: Span): string {
  return `${traceId}/${spanId}`;
}

export function parentKey({ traceId, parentSpanId }: Span): string {
  return `${traceId}/${parentSpanId}`;
}

function statusOf(reader: SpanReader): number | undefined {
  const status = wholeNumber(reader, 'attemptStatus');
  return status !== undefined && status >= 100 && status <= 599 ? status : undefined;
}

function wholeNumber(reader: SpanReader, fact: 'attemptIndex' | 'attemptStatus'): number | undefined {
  return reader.first(fact, (value) => {
    const count = countOf(value);
    return typeof count === 'bigint' ? Number(count / ONE) : undefined;
  });
}
