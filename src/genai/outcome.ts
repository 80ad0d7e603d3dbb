/** Says how a model call ended: outcome, finish reason, class of error. */
import { textOf } from '../data/attributes.ts';
import type { AnyValue } from '../data/batch.ts';
import { ownMember, parseJson } from './any-value.ts';
import type { SpanReader } from './span-reader.ts';

export type Outcome = 'ok' | 'error' | 'cancelled';

export type FinishReason = 'stop' | 'tool_calls' | 'length' | 'content_filter' | 'error' | 'other' | 'none';

/** OpenRouter's words for a caller that did not wait: the one message that a figure comes from. */
export const DISCONNECTED = 'The client has disconnected';
const ERROR_CODES: ReadonlySet<unknown> = new Set([2, '2', 'STATUS_CODE_ERROR']);

const FINISH_REASONS = new Map<string, FinishReason>([
  ['stop', 'stop'],
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['completed', 'stop'],
  ['tool_calls', 'tool_calls'],
  ['tool-calls', 'tool_calls'],
  ['tool_use', 'tool_calls'],
  ['function_call', 'tool_calls'],
  ['length', 'length'],
  ['max_tokens', 'length'],
  ['content_filter', 'content_filter'],
  ['content-filter', 'content_filter'],
  ['safety', 'content_filter'],
  ['error', 'error'],
]);

export function finishReasonOf(reader: SpanReader): FinishReason {
  const choice = reader.span.events?.find(({ name }) => name === 'gen_ai.choice');
  const raw = reader.first('finishReason', firstReason) ?? textOf(choice?.attributes, 'finish_reason');
  return raw ? (FINISH_REASONS.get(raw.toLowerCase()) ?? 'other') : 'none';
}

export function outcomeOf(reader: SpanReader, finishReason: FinishReason): Outcome {
  if (hasFailed(reader)) return messageOf(reader) === DISCONNECTED ? 'cancelled' : 'error';
  return finishReason === 'error' || reader.flag('success') === false ? 'error' : 'ok';
}

export function hasFailed({ span }: SpanReader): boolean {
  return ERROR_CODES.has(span.status?.code);
}

/** Never the message: it may say anything. Undefined for what went well. */
export function errorTypeOf(reader: SpanReader, outcome: Outcome, failedStatus: string | undefined): string | undefined {
  return outcome === 'ok' ? undefined : (reader.text('errorType') ?? failedStatus ?? outcome);
}

function messageOf(reader: SpanReader): string | undefined {
  const exception = reader.span.events?.find(({ name }) => name === 'exception');
  return reader.span.status?.message || (reader.text('statusMessage') ?? textOf(exception?.attributes, 'exception.message'));
}

/** One reason, or the first of a list, or of a list written as JSON. */
function firstReason({ stringValue, arrayValue }: AnyValue): string | undefined {
  if (arrayValue !== undefined) return arrayValue.values?.[0]?.stringValue || undefined;
  if (!stringValue?.startsWith('[')) return stringValue || undefined;
  const reason = ownMember(parseJson(stringValue), '0');
  return typeof reason === 'string' && reason !== '' ? reason : undefined;
}
