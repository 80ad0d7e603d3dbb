/** Requests in the shape of OpenRouter's deliveries, in the sizes that are measured, with ids that are fresh in each. */
import { readFileSync } from 'node:fs';
import { ONE } from '../src/data/exact.ts';
import type { Template } from './body.ts';
import { PLACES, placesIn } from './fresh-ids.ts';
import { randomOf, textOf } from './text.ts';

export type Size = Readonly<{
  name: string;
  /** Of a body, nearly. */
  bytes: number;
  /** Request span, provider attempt and generation, or the request span alone. */
  spans: 1 | 3;
  /** Attributes `trace.metadata.dimension1` and so on. */
  dimensions?: number;
}>;

type Request = Readonly<{
  resourceSpans: readonly Readonly<{ scopeSpans: readonly Readonly<{ spans: readonly Described[] }>[] }>[];
}>;
type Described = Readonly<{ attributes: readonly Readonly<{ key?: string; value?: unknown }>[] }>;

/** Enough that no text comes back within the window of a compressor. */
export const VARIANTS = 40;
export const MODELS = [
  { model: 'anthropic/claude-haiku-4.5', provider: 'Amazon Bedrock' },
  { model: 'openai/gpt-5.1-mini', provider: 'OpenAI' },
  { model: 'google/gemini-3-flash', provider: 'Google' },
  { model: 'meta-llama/llama-4', provider: 'Groq' },
] as const;
/** Deliveries come a minute or two after the request. */
const DELAY_SECONDS = 90;

const SHAPE = readFileSync(new URL('../test/fixtures/samples/S02-stream-toolcalls.json', import.meta.url), 'utf8');
const MICRO = ONE / 1_000_000n;
const CONTENT = new Set(['gen_ai.prompt', 'gen_ai.completion']);
/** What the smallest requests have to do without. */
const DETAILS = /provider_responses|_id$|^user|^session|level|cache_write|put_cost|router\.finish|provider_\w+_ms|_unit_price/;

export function templatesOf(size: Size, seed: number, nowMs: number): readonly Template[] {
  const random = randomOf(seed);
  return Array.from({ length: VARIANTS }, (_, variant) => templateOf(size, variant, random, nowMs));
}

function templateOf(size: Size, variant: number, random: () => number, nowMs: number): Template {
  const costMicros = 4_000 + variant;
  const request = requestOf(size, MODELS[variant % MODELS.length]!, nowMs);
  const room = size.bytes - bodyOf(request, costMicros, '').length;
  const body = bodyOf(request, costMicros, fittingText(room, random));
  return { body, cost: BigInt(costMicros) * MICRO, ids: placesIn(body) };
}

function requestOf({ spans, dimensions = 0 }: Size, { model, provider }: (typeof MODELS)[number], nowMs: number): Request {
  const seconds = Math.floor(nowMs / 1000) - DELAY_SECONDS;
  const shape = SHAPE.trimEnd()
    .replaceAll('9a81e662ce887b3a4064bd12594d433e', String(PLACES.trace))
    .replaceAll('9a81e662ce887b3a', String(PLACES.request))
    .replaceAll('e5164dd8ca02bb2d', String(PLACES.attempt))
    .replaceAll('d4b34d94adabc723', String(PLACES.generation))
    .replaceAll('AAAAAAAAAAAAAAAAAAA2', String(PLACES.response))
    .replaceAll('anthropic/claude-haiku-4.5', model)
    .replaceAll('Amazon Bedrock', provider)
    .replaceAll(/17907000(\d\d)/g, (_, offset) => String(seconds - 20 + Number(offset)));
  const request: Request = JSON.parse(shape);
  if (spans > 1) return request;
  const [first] = request.resourceSpans;
  const [scope] = first!.scopeSpans;
  const [root] = scope!.spans;
  const own = root!.attributes.filter(({ key = '' }) => !CONTENT.has(key) && !DETAILS.test(key));
  const attributes = [...own, ...Array.from({ length: dimensions }, (_, index) => dimension(index + 1))];
  return { resourceSpans: [{ ...first!, scopeSpans: [{ ...scope!, spans: [{ ...root!, attributes }] }] }] };
}

function dimension(nth: number): Described['attributes'][number] {
  const stringValue = nth === 1 ? String(PLACES.series) : `value-${nth}`;
  return { key: `trace.metadata.dimension${nth}`, value: { stringValue } };
}

function bodyOf(request: Request, costMicros: number, text: string): Buffer {
  const split = Math.floor(text.length * 0.8);
  const replaced = JSON.stringify(request, (_, value) => {
    switch (value?.key) {
      case 'gen_ai.usage.total_cost':
        return { key: value.key, value: { doubleValue: costMicros / 1e6 } };
      case 'gen_ai.prompt':
        return contentOf(value.key, { messages: [{ role: 'user', content: text.slice(0, split) }] });
      case 'gen_ai.completion':
        return contentOf(value.key, { completion: text.slice(split), reasoning: null });
      default:
        return value;
    }
  });
  return Buffer.from(replaced);
}

/** A quote or a line end takes up to four bytes of the body. */
function fittingText(room: number, random: () => number): string {
  let text = textOf(Math.max(room, 0), random);
  for (let over = escapedLength(text) - room; text.length > 0 && over > 0; over = escapedLength(text) - room)
    text = text.slice(0, -Math.ceil(over / 4));
  return text;
}

/** OpenRouter sends content as JSON within a text. */
function contentOf(key: string, content: unknown): unknown {
  return { key, value: { stringValue: JSON.stringify(content) } };
}

function escapedLength(text: string): number {
  return Buffer.byteLength(JSON.stringify(JSON.stringify(text)));
}
