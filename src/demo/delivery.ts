/** Writes a request at OpenRouter down as OpenRouter delivers it: one span for all of it, and children that hold almost nothing. */
import { createHash } from 'node:crypto';
import type { Attributes, ResourceSpans, Span } from '../data/batch.ts';
import { boolean, integer, text } from './attribute.ts';
import type { Attempt, Generation } from './generation.ts';
import { providerResponses, type RootContent, rootAttributes } from './root-attributes.ts';

/** Every span in an envelope of its own, the root first. */
export function resourceSpansOf(generation: Generation, content: RootContent): readonly ResourceSpans[] {
  const traceId = sha256(generation.id).slice(0, 32);
  const root = rootSpan(generation, traceId, content);
  return [root, ...childrenOf(generation, traceId)].map((span) => ({
    resource: {
      attributes: [
        text('service.name', 'openrouter'),
        text('openrouter.trace.id', generation.id),
        text('service.version', '1.0.0'),
      ],
    },
    scopeSpans: [{ scope: { name: 'openrouter' }, spans: [span] }],
  }));
}

/** What the button in OpenRouter's settings sends, with the same ids at every click. */
export function connectionTest(nowMs: number): readonly ResourceSpans[] {
  const span: Span = {
    traceId: '00000000000000000000000000000001',
    spanId: '0000000000000001',
    name: 'openrouter-connection-test',
    kind: 1,
    ...between(nowMs - 1, nowMs),
    status: { code: 1 },
  };
  return [{ resource: { attributes: [text('service.name', 'openrouter')] }, scopeSpans: [{ spans: [span] }] }];
}

function rootSpan(generation: Generation, traceId: string, content: RootContent): Span {
  const { id, startMs, durationMs } = generation;
  const span = {
    traceId,
    spanId: sha256(id).slice(0, 16),
    name: 'LLM Generation',
    kind: 3,
    ...between(startMs, startMs + durationMs),
  };
  const attributes = rootAttributes(generation, content);
  if (generation.outcome === 'ok') return { ...span, status: { code: 1 }, attributes };
  const { message } = generation;
  const exception = [text('exception.type', 'Error'), text('exception.message', message)];
  const event = { timeUnixNano: nanos(startMs + durationMs), name: 'exception', attributes: exception };
  return { ...span, status: { code: 2, message }, attributes, events: [event] };
}

function childrenOf(generation: Generation, traceId: string): readonly Span[] {
  const { id, startMs, attempts } = generation;
  const child = (suffix: string, name: string, fromMs: number, latencyMs: number, attributes: Attributes): Span => ({
    traceId,
    spanId: sha256(`${id}:${suffix}`).slice(0, 16),
    parentSpanId: sha256(id).slice(0, 16),
    name,
    kind: 2,
    ...between(fromMs, fromMs + latencyMs),
    status: { code: 1 },
    attributes: [...attributes, text('gen_ai.operation.name', 'chat'), text('gen_ai.response.id', `${id}:${suffix}`)],
  });
  let fromMs = startMs;
  const spans = attempts.map((attempt, index) => {
    const { provider, status, latencyMs } = attempt;
    const name = `provider attempt ${index + 1}: ${provider.name}`;
    const span = child(`attempt-${index}`, name, fromMs, latencyMs, attemptAttributes(generation, attempt, index));
    fromMs += latencyMs;
    const attributes = [...(span.attributes ?? []), text('trace.metadata.openrouter.provider_name', provider.name)];
    return { ...span, status: { code: status < 300 ? 1 : 2 }, attributes };
  });
  if (generation.outcome !== 'ok' || !generation.streamed) return spans;
  // As seen on the wire: it begins when the headers are there and still lasts as long as the whole call, so it ends after the root.
  const { bodyEnd, routed } = generation.timing;
  return [...spans, child('generation', 'generation', fromMs, bodyEnd - routed, kindOfChild(true))];
}

function attemptAttributes(generation: Generation, attempt: Attempt, index: number): Attributes {
  const [response] = providerResponses(generation, [attempt]);
  return [
    ...kindOfChild(attempt.status < 300),
    integer('span.metadata.attempt_index', index),
    integer('span.metadata.status_code', attempt.status),
    boolean('span.metadata.is_byok', false),
    text('span.metadata.endpoint_id', response?.endpoint_id ?? ''),
    text('span.metadata.model_permaslug', response?.model_permaslug ?? ''),
  ];
}

function kindOfChild(ok: boolean): Attributes {
  return [text('span.type', 'span'), text('span.level', ok ? 'DEFAULT' : 'ERROR')];
}

function between(startMs: number, endMs: number): Pick<Span, 'startTimeUnixNano' | 'endTimeUnixNano'> {
  return { startTimeUnixNano: nanos(startMs), endTimeUnixNano: nanos(endMs) };
}

function nanos(ms: number): string {
  return `${Math.round(ms)}000000`;
}

function sha256(of: string): string {
  return createHash('sha256').update(of).digest('hex');
}
