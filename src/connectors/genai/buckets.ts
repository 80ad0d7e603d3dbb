/** The bounds of the histograms: for language models, or those of the semantic conventions. */
import { z } from 'zod';
import { exactOfNumber } from '../../data/exact.ts';

const KINDS = ['duration', 'ttft', 'tpot', 'cost', 'tokens'] as const;

/** What a person can set; time to first token has two histograms. */
type Kind = (typeof KINDS)[number];
/** The rest is not for settings. */
export type BucketKind = Kind | 'provider_ttft' | 'router_latency' | 'ingest_delay' | 'tokens_per_second';

const SEMCONV_SECONDS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
const TTFT = [0.1, 0.25, 0.5, 0.75, 1, 1.5, 2.5, 5, 7.5, 10, 15, 20, 30, 60];

/** Nothing real is below 0.16 s; reasoning runs pass the convention's end at 81.92 s. */
const LLM: Readonly<Record<BucketKind, readonly number[]>> = {
  duration: [0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92, 163.84, 327.68, 655.36],
  ttft: TTFT,
  provider_ttft: TTFT,
  tpot: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.2, 0.5, 1],
  cost: [0.00001, 0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 10],
  tokens: [16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576],
  router_latency: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
  ingest_delay: [1, 5, 15, 30, 60, 120, 300, 600, 1800, 3600],
  tokens_per_second: [1, 2, 5, 10, 20, 35, 50, 75, 100, 150, 250, 500, 1000, 2500],
};

/** The convention has none for cost. */
const SEMCONV: Partial<Record<BucketKind, readonly number[]>> = {
  duration: SEMCONV_SECONDS,
  ttft: SEMCONV_SECONDS,
  provider_ttft: [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
  tpot: [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5],
  tokens: Array.from({ length: 14 }, (_, power) => 4 ** power),
};

const bounds = z
  .array(z.number().positive())
  .min(1)
  .refine((list) => list.every((bound, index) => index === 0 || bound > (list[index - 1] ?? 0)), 'expected rising bounds')
  .optional();

/** Kinds that are not listed keep the bounds of `llm`. */
export const Buckets = z.union([
  z.enum(['llm', 'semconv']),
  z.strictObject({
    duration: bounds.describe('Seconds, for whole requests and provider attempts.'),
    ttft: bounds.describe('Seconds, for both times to the first token.'),
    tpot: bounds.describe('Seconds per output token.'),
    cost: bounds.describe('USD per request.'),
    tokens: bounds.describe('Tokens per request.'),
  } satisfies Record<Kind, typeof bounds>),
]);

export type BucketSettings = z.output<typeof Buckets>;

/** In units of 1e-12, rising. */
export function boundsOf(buckets: BucketSettings, kind: BucketKind): readonly bigint[] {
  return (chosen(buckets, kind) ?? LLM[kind]).map((bound) => {
    const exact = exactOfNumber(bound);
    if (typeof exact !== 'bigint') throw new RangeError(`cannot use ${bound} as a bucket bound: ${exact}`);
    return exact;
  });
}

function chosen(buckets: BucketSettings, kind: BucketKind): readonly number[] | undefined {
  if (typeof buckets === 'string') return buckets === 'semconv' ? SEMCONV[kind] : undefined;
  const key = kind === 'provider_ttft' ? 'ttft' : KINDS.find((known) => known === kind);
  return key && buckets[key];
}
