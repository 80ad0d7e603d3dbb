/** Builds spans, batches and records as senders of model calls do. */
import type { FoldRecord } from '../../src/component/contract.ts';
import type { AnyValue, Attributes, Batch, ResourceSpans, Span } from '../../src/data/batch.ts';
import { AttributePlan } from '../../src/genai/attribute-plan.ts';
import { type Calls, callsOf } from '../../src/genai/calls.ts';
import type { ModelCall } from '../../src/genai/model-call.ts';
import { deepFreeze } from './deep-freeze.ts';

/** Text, bool, number (a double), bigint (an int), list of texts; or an AnyValue as it is. */
export type Value = string | boolean | number | bigint | readonly string[] | AnyValue;
export type Values = Readonly<Record<string, Value>>;
export type Envelope = Readonly<{ resource?: Values; scope?: string }>;

export const START_NS = 1_790_700_000_000_000_000n;
export const START_MS = 1_790_700_000_000;

export function anyValue(value: Value): AnyValue {
  switch (typeof value) {
    case 'string':
      return { stringValue: value };
    case 'boolean':
      return { boolValue: value };
    case 'number':
      return { doubleValue: value };
    case 'bigint':
      return { intValue: String(value) };
    default:
      return isList(value) ? { arrayValue: { values: value.map((stringValue) => ({ stringValue })) } } : value;
  }
}

export function attributes(values: Values): Attributes {
  return Object.entries(values).map(([key, value]) => ({ key, value: anyValue(value) }));
}

/** Ten seconds long, ok, with ids of its own. */
export function span(values: Values = {}, over: Span = {}): Span {
  ids += 1;
  return {
    traceId: ids.toString(16).padStart(32, 'a'),
    spanId: ids.toString(16).padStart(16, 'b'),
    name: 'call',
    startTimeUnixNano: String(START_NS),
    endTimeUnixNano: String(START_NS + 10_000_000_000n),
    status: { code: 1 },
    attributes: attributes(values),
    ...over,
  };
}

/** A request that OpenRouter reports. */
export function openRouterSpan(values: Values = {}, over: Span = {}): Span {
  return span({ 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'openai/gpt-5.1', ...values }, over);
}

export const OPENROUTER: Envelope = { resource: { 'service.name': 'openrouter' }, scope: 'openrouter' };

export function envelope(spans: readonly Span[], { resource = {}, scope }: Envelope = {}): ResourceSpans {
  const named = scope === undefined ? {} : { scope: { name: scope } };
  return { resource: { attributes: attributes(resource) }, scopeSpans: [{ ...named, spans }] };
}

export function batch(...resources: readonly ResourceSpans[]): Batch<'traces'> {
  return deepFreeze({ signal: 'traces', resources });
}

export function record(spans: readonly Span[], around: Envelope = OPENROUTER, timeMs = START_MS + 60_000): FoldRecord<'traces'> {
  records += 1;
  return { seq: records, timeMs, batch: batch(envelope(spans, around)) };
}

export function read(spans: readonly Span[], around: Envelope = {}): Calls {
  return callsOf(batch(envelope(spans, around)), new AttributePlan());
}

/** The only call there is; throws if there is none. */
export function callIn({ requests }: Calls): ModelCall {
  const [call] = requests;
  if (call === undefined || requests.length !== 1) throw new Error(`expected one request, got ${requests.length}`);
  return call;
}

/** Of a span that OpenRouter reports. */
export function openRouterCall(values: Values = {}, over: Span = {}): ModelCall {
  return callIn(read([openRouterSpan(values, over)], OPENROUTER));
}

/** Of a span that some other library reports: it has nothing but a model and what is given. */
export function foreignCall(values: Values = {}, over: Span = {}, around: Envelope = {}): ModelCall {
  return callIn(read([span({ 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'm', ...values }, over)], around));
}

let ids = 0;
let records = 0;

function isList(value: Value): value is readonly string[] {
  return Array.isArray(value);
}
