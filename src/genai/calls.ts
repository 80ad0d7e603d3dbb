/** Turns the spans of one record into model calls and upstream attempts, each with all that is known of it. */
import type { Batch } from '../data/batch.ts';
import type { InvalidReason } from '../data/exact.ts';
import { spansOf } from '../data/spans.ts';
import { type Attempt, attemptOf, lastFailedStatuses, parentKey, spanKey } from './attempt.ts';
import type { AttributePlan } from './attribute-plan.ts';
import { type ModelCall, modelCall } from './model-call.ts';
import { classOf, type SpanClass } from './request-span.ts';
import { SpanReader } from './span-reader.ts';

/** `metric`: the one that the value should have fed. */
type InvalidValue = Readonly<{ metric: string; reason: InvalidReason }>;

export type Calls = Readonly<{
  requests: readonly ModelCall[];
  /** With the model of their request where the record holds it. */
  attempts: readonly Attempt[];
  spansByClass: Readonly<Record<SpanClass, number>>;
  invalid: readonly InvalidValue[];
}>;

/** `plan`: has all attributes that anybody will ask a reader for. */
export function callsOf(batch: Batch<'traces'>, plan: AttributePlan): Calls {
  const invalid: InvalidValue[] = [];
  const reject = (metric: string, reason: InvalidReason) => void invalid.push({ metric, reason });
  const readers: Record<SpanClass, SpanReader[]> = { request: [], attempt: [], child: [], test: [], other: [] };
  for (const span of spansOf(batch)) {
    const reader = new SpanReader(span, plan, reject);
    readers[classOf(reader)].push(reader);
  }
  moveTestAttempts(readers);
  const attempts = readers.attempt.map(attemptOf);
  const failedStatuses = lastFailedStatuses(attempts);
  const failedStatusOf = ({ span }: SpanReader) => (failedStatuses.size === 0 ? undefined : failedStatuses.get(spanKey(span)));
  const requests = readers.request.map((reader) => modelCall(reader, failedStatusOf(reader)));
  return {
    requests,
    attempts: attempts.length === 0 ? attempts : withModels(attempts, requests),
    spansByClass: {
      request: readers.request.length,
      attempt: readers.attempt.length,
      child: readers.child.length,
      test: readers.test.length,
      other: readers.other.length,
    },
    invalid,
  };
}

/** Of their requests, as far as they are here. */
function withModels(attempts: readonly Attempt[], requests: readonly ModelCall[]): readonly Attempt[] {
  const modelByRequest = new Map(requests.map(({ reader, model }) => [spanKey(reader.span), model]));
  return attempts.map((attempt) => ({ ...attempt, model: modelByRequest.get(attempt.request) ?? attempt.model }));
}

/** What lies below a test is part of the test. */
function moveTestAttempts(readers: Record<SpanClass, SpanReader[]>): void {
  if (readers.test.length === 0) return;
  const tests = new Set(readers.test.map(({ span }) => spanKey(span)));
  const isTest = ({ span }: SpanReader) => tests.has(parentKey(span));
  readers.test.push(...readers.attempt.filter(isTest));
  readers.attempt = readers.attempt.filter((reader) => !isTest(reader));
}
