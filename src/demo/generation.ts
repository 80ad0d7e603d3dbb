/** Makes up what happened to one request at OpenRouter: who served it, how long it took, what it used and cost. */
import { CACHING, FREE, KEYS, type Key, type Model, PAID, type Provider, SERVED_BY_SEVERAL } from './catalogue.ts';
import type { Random } from './random.ts';

export type Kind =
  | 'streamed'
  | 'whole'
  | 'tools'
  | 'cached'
  | 'free'
  /** Its first provider answered 429. */
  | 'fallback'
  /** Answered, and the cost is missing. */
  | 'costless'
  | 'failed'
  | 'disconnected';

export type Attempt = Readonly<{ provider: Provider; status: number; latencyMs: number }>;

/** Costs in 1e-12 USD. */
type Usage = Readonly<{
  input: number;
  output: number;
  /** Part of the input. */
  cached: number;
  cacheWrite: number;
  /** Part of the output. */
  reasoning: number;
  inputCost: bigint;
  outputCost: bigint;
  /** What the cached part would have cost more. */
  saved: bigint;
}>;

/** In ms since the request began. */
type Timing = Readonly<{ routed: number; headers: number; firstToken: number; bodyEnd: number }>;

type Common = Readonly<{ id: string; model: Model; provider: Provider; key: Key; startMs: number; durationMs: number }>;

export type Answered = Common &
  Readonly<{
    outcome: 'ok';
    streamed: boolean;
    finish: 'stop' | 'tool_calls';
    costKnown: boolean;
    attempts: readonly Attempt[];
    usage: Usage;
    timing: Timing;
  }>;

type Failed = Common & Readonly<{ outcome: 'error' | 'cancelled'; message: string; attempts: readonly Attempt[] }>;

export type Generation = Answered | Failed;

const MODELS_BY_KIND: Readonly<Partial<Record<Kind, readonly [Model, ...Model[]]>>> = {
  cached: CACHING,
  free: FREE,
  fallback: SERVED_BY_SEVERAL,
};

/** One that ended just now. */
export function makeGeneration(random: Random, kind: Kind, nowMs: number): Generation {
  const model = random.pick(MODELS_BY_KIND[kind] ?? PAID);
  const key = random.pick(KEYS);
  switch (kind) {
    case 'failed':
      return failed(random, model, key, nowMs);
    case 'disconnected': {
      const durationMs = random.integer(2_000, 20_000);
      const message = 'The client has disconnected';
      return { ...common(random, model, key, nowMs, durationMs), outcome: 'cancelled', message, attempts: [] };
    }
    default:
      return answered(random, kind, model, key, nowMs);
  }
}

function common(random: Random, model: Model, key: Key, nowMs: number, durationMs: number): Common {
  const startMs = nowMs - durationMs;
  const id = `gen-${Math.floor(startMs / 1000)}-${random.text(20)}`;
  return { id, model, provider: model.providers[0], key, startMs, durationMs };
}

/** Every provider was asked and none answered. */
function failed(random: Random, model: Model, key: Key, nowMs: number): Failed {
  const attempts = model.providers.map((provider) => ({ provider, status: 502, latencyMs: random.integer(200, 900) }));
  const durationMs = attempts.reduce((sum, { latencyMs }) => sum + latencyMs, random.integer(20, 60));
  const message = 'Provider returned error';
  return { ...common(random, model, key, nowMs, durationMs), outcome: 'error', message, attempts };
}

function answered(random: Random, kind: Kind, model: Model, key: Key, nowMs: number): Answered {
  const streamed = kind !== 'whole';
  const usage = usageOf(random, kind, model);
  const refused = kind === 'fallback' ? [{ provider: model.providers[0], status: 429, latencyMs: random.integer(150, 400) }] : [];
  const provider = model.providers[refused.length] ?? model.providers[0];
  const timing = timingOf(random, streamed, usage.output, refused[0]?.latencyMs ?? 0);
  return {
    ...common(random, model, key, nowMs, timing.bodyEnd + random.integer(0, 6)),
    provider,
    outcome: 'ok',
    streamed,
    finish: kind === 'tools' ? 'tool_calls' : 'stop',
    costKnown: kind !== 'costless',
    attempts: [...refused, { provider, status: 200, latencyMs: timing.headers - timing.routed }],
    usage,
    timing,
  };
}

function timingOf(random: Random, streamed: boolean, outputTokens: number, lostMs: number): Timing {
  const routed = lostMs + random.integer(20, 60);
  const waited = routed + random.integer(250, 900);
  const generated = waited + random.integer(30, 400) + Math.round(outputTokens * random.integer(5, 14));
  if (!streamed) return { routed, headers: generated, firstToken: generated, bodyEnd: generated };
  return { routed, headers: waited, firstToken: waited + random.integer(10, 300), bodyEnd: generated + 300 };
}

function usageOf(random: Random, kind: Kind, model: Model): Usage {
  const caches = kind === 'cached';
  const fresh = random.integer(80, 4_000);
  const cached = caches ? random.integer(4, 48) * 1_000 : 0;
  const cacheWrite = caches && model.tellsCacheWrites ? random.integer(10, 600) : 0;
  const output = random.integer(20, 420);
  const { inputPrice, outputPrice } = model;
  // A tenth of the price to read from the cache, a quarter more to write to it.
  const inputCost =
    BigInt(fresh) * inputPrice + (BigInt(cached) * inputPrice) / 10n + (BigInt(cacheWrite) * inputPrice * 5n) / 4n;
  return {
    input: fresh + cached + cacheWrite,
    output,
    cached,
    cacheWrite,
    reasoning: kind === 'tools' ? random.integer(0, output) : 0,
    inputCost,
    outputCost: BigInt(output) * outputPrice,
    saved: (BigInt(cached) * inputPrice * 9n) / 10n,
  };
}
