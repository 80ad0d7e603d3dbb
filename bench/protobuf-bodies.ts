/** Batches as an SDK sends them: many small spans of model calls in protobuf, without prompts. */

import type { AnyValue, ResourceSpans, Span } from '../src/data/batch.ts';
import { ONE } from '../src/data/exact.ts';
import { encodeTracesProtobuf } from '../src/otlp/protobuf/encode.ts';
import type { Template } from './body.ts';
import { PLACES, placesIn } from './fresh-ids.ts';

const VARIANTS = 8;
const MICRO = ONE / 1_000_000n;
const MODELS = ['anthropic/claude-haiku-4.5', 'openai/gpt-5.1-mini', 'google/gemini-3-flash', 'meta-llama/llama-4'];

export function protobufTemplates(spans: number, nowMs: number): readonly Template[] {
  return Array.from({ length: VARIANTS }, (_, variant) => {
    const costMicros = 4_000 + variant;
    const resources = resourcesOf(spans, { model: MODELS[variant % MODELS.length]!, costMicros, nowMs });
    const body = Buffer.from(encodeTracesProtobuf({ signal: 'traces', resources }).bytes);
    return { body, cost: BigInt(spans * costMicros) * MICRO, ids: placesIn(body) };
  });
}

type Call = Readonly<{ model: string; costMicros: number; nowMs: number }>;

export function resourcesOf(spans: number, call: Call): readonly ResourceSpans[] {
  return [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'assistant' } }] },
      scopeSpans: [{ scope: { name: 'openai-v2' }, spans: Array.from({ length: spans }, (_, nth) => spanOf(nth, call)) }],
    },
  ];
}

function spanOf(nth: number, { model, costMicros, nowMs }: Call): Span {
  const seconds = Math.floor(nowMs / 1000) - 10;
  const [provider = ''] = model.split('/');
  const attributes: Readonly<Record<string, AnyValue>> = {
    'gen_ai.operation.name': { stringValue: 'chat' },
    'gen_ai.system': { stringValue: provider },
    'gen_ai.provider.name': { stringValue: provider },
    'gen_ai.request.model': { stringValue: model },
    'gen_ai.response.model': { stringValue: model },
    'gen_ai.response.id': { stringValue: `gen-${PLACES.response}-${nth}` },
    'gen_ai.usage.input_tokens': { intValue: 50_000 + nth },
    'gen_ai.usage.output_tokens': { intValue: 364 + nth },
    'gen_ai.usage.total_cost': { doubleValue: costMicros / 1e6 },
    'gen_ai.request.temperature': { doubleValue: 0.7 },
    'gen_ai.request.max_tokens': { intValue: 4096 },
    'server.address': { stringValue: 'openrouter.ai' },
    'server.port': { intValue: 443 },
    'user.id': { stringValue: `user-${nth % 10}` },
  };
  return {
    traceId: PLACES.rawTrace.toString('hex'),
    spanId: PLACES.rawSpan.toString('hex') + nth.toString(16).padStart(4, '0'),
    name: `chat ${model}`,
    kind: 3,
    startTimeUnixNano: `${seconds}000000000`,
    endTimeUnixNano: `${seconds + 5}100000000`,
    attributes: Object.entries(attributes).map(([key, value]) => ({ key, value })),
    status: { code: 1 },
  };
}
