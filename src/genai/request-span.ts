/** Decides which spans are requests to a model, so that nothing is counted twice and no test is counted at all. */
import type { Fact } from './aliases.ts';
import { operationOf } from './operation.ts';
import type { SpanReader } from './span-reader.ts';

/** `child`: of an OpenRouter request; `other`: no model call. */
export const SPAN_CLASSES = ['request', 'attempt', 'child', 'test', 'other'] as const;
export type SpanClass = (typeof SPAN_CLASSES)[number];

const TEST_TRACE_ID = '00000000000000000000000000000001';
const TEST_SPAN_ID = '0000000000000001';
const TEST_SOURCE = 'observability-test-button';
const TEST_TRACE_NAME = 'Test Trace - OpenRouter Observability';
const TEST_MODEL = 'openai/gpt-4-turbo';
const NO_PARENT = /^0*$/;

/** What a span carries only if it is a call, should its operation say nothing. */
const SIGNS_OF_A_CALL: readonly Fact[] = [
  'inputTokens',
  'uncachedInputTokens',
  'outputTokens',
  'totalTokens',
  'totalCost',
  'inputCost',
  'outputCost',
  'responseId',
  'finishReason',
];

export function classOf(reader: SpanReader): SpanClass {
  if (isTest(reader)) return 'test';
  if (!reader.openRouter) return isForeignCall(reader) ? 'request' : 'other';
  if (isOpenRouterRequest(reader)) return 'request';
  return reader.has('attemptIndex') ? 'attempt' : 'child';
}

function isTest(reader: SpanReader): boolean {
  const { span } = reader;
  if (span.name === 'openrouter-connection-test') return true;
  if (span.traceId === TEST_TRACE_ID && span.spanId === TEST_SPAN_ID) return true;
  if (reader.first('testSources', ({ stringValue }) => stringValue === TEST_SOURCE || undefined)) return true;
  if (reader.text('traceName') === TEST_TRACE_NAME) return true;
  // Callers choose span names: the name alone proves nothing.
  if (span.name !== 'Test Generation' || !reader.openRouter || !NO_PARENT.test(span.parentSpanId ?? '')) return false;
  return reader.text('requestModel') === TEST_MODEL || reader.text('responseModel') === TEST_MODEL;
}

/** Not by name, kind, parent or usage: callers choose the first three, and failed requests lack the last. */
function isOpenRouterRequest(reader: SpanReader): boolean {
  if (reader.text('requestModel') === undefined && reader.text('responseModel') === undefined) return false;
  return reader.text('spanType') !== 'span' && !reader.text('responseId')?.includes(':');
}

function isForeignCall(reader: SpanReader): boolean {
  if (reader.span.name === 'raw_gen_ai_request') return false; // LiteLLM's copy below the span of the request
  if (reader.text('requestModel') === undefined && reader.text('responseModel') === undefined) return false;
  const operation = operationOf(reader);
  return operation === 'unknown' ? SIGNS_OF_A_CALL.some((fact) => reader.has(fact)) : operation !== 'no_call';
}
