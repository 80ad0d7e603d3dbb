/** An endless stream of made-up OpenRouter deliveries that knows exactly what it adds up to; the same for the same seed. */
import type { ResourceSpans } from '../data/batch.ts';
import { connectionTest, resourceSpansOf } from './delivery.ts';
import { type Generation, type Kind, makeGeneration } from './generation.ts';
import { createRandom } from './random.ts';
import { type ByModel, type Figures, Tally } from './tally.ts';

export type Delivery = Readonly<{
  kind: Kind | 'repeated' | 'connection_test';
  /** Of an OTLP/HTTP request in JSON. */
  body: Uint8Array;
  /** Those that an earlier delivery did not bring. */
  spans: number;
}>;

export interface Traffic {
  /** The next one, of a request that ended just now. */
  next(nowMs: number): Delivery;
  /** Of all deliveries so far. */
  readonly byModel: ByModel;
  readonly spans: number;
}

type TrafficOptions = Readonly<{
  /** Of prompt and answer together, about. */
  contentBytes?: number;
}>;

/** One round: what is rare in real traffic comes once. */
const ROUND: readonly Delivery['kind'][] = [
  ...Array<Kind>(16).fill('streamed'),
  ...Array<Kind>(8).fill('whole'),
  ...Array<Kind>(4).fill('cached'),
  ...Array<Kind>(4).fill('tools'),
  'free',
  'free',
  'fallback',
  'costless',
  'failed',
  'disconnected',
  'repeated',
  'connection_test',
];
const SENTENCE = 'Made up for a demonstration: nobody asked and nobody answered — € 0. ';

export function createTraffic(seed: number, { contentBytes = 400 }: TrafficOptions = {}): Traffic {
  const random = createRandom(seed);
  const tally = new Tally();
  let round: readonly Delivery['kind'][] = [];
  let last: Delivery | undefined;
  let spans = 0;

  function draw(): Delivery['kind'] {
    if (round.length === 0) round = random.shuffled(ROUND);
    const [kind = 'streamed', ...rest] = round;
    round = rest;
    return kind;
  }

  function deliver(kind: Exclude<Delivery['kind'], 'repeated'>, nowMs: number): Delivery {
    if (kind === 'connection_test') return deliveryOf(kind, connectionTest(nowMs));
    const generation = makeGeneration(random, kind, nowMs);
    tally.add(generation.model.name, figuresOf(generation));
    last = deliveryOf(kind, resourceSpansOf(generation, contentOf(generation, contentBytes)));
    return last;
  }

  return {
    next(nowMs) {
      const kind = draw();
      if (kind === 'repeated' && last !== undefined) return { ...last, kind, spans: 0 };
      const delivery = deliver(kind === 'repeated' ? 'streamed' : kind, nowMs);
      spans += delivery.spans;
      return delivery;
    },
    get byModel() {
      return tally.byModel;
    },
    get spans() {
      return spans;
    },
  };
}

function deliveryOf(kind: Delivery['kind'], resourceSpans: readonly ResourceSpans[]): Delivery {
  return { kind, body: new TextEncoder().encode(JSON.stringify({ resourceSpans })), spans: resourceSpans.length };
}

function figuresOf(generation: Generation): Partial<Figures> {
  if (generation.outcome !== 'ok') return { requests: 1, errors: generation.outcome === 'error' ? 1 : 0 };
  const { usage, costKnown } = generation;
  return {
    requests: 1,
    inputTokens: usage.input,
    outputTokens: usage.output,
    costUnknown: costKnown ? 0 : 1,
    cost: costKnown ? usage.inputCost + usage.outputCost : 0n,
  };
}

function contentOf({ outcome, model }: Generation, bytes: number): { prompt: string; completion: string } {
  const said = SENTENCE.repeat(Math.ceil(bytes / 2 / SENTENCE.length)).slice(0, Math.ceil(bytes / 2));
  const completion = outcome === 'ok' ? said : null;
  return {
    prompt: JSON.stringify({ messages: [{ role: 'user', content: said }] }),
    completion: JSON.stringify({ completion, reasoning: null, rawRequest: { model: model.name, stream: true } }),
  };
}
