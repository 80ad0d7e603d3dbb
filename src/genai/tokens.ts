/** Counts the tokens of a model call so that types reported beside each other never overlap. */
import type { Operation } from './operation.ts';
import type { SpanReader } from './span-reader.ts';

/** In units of 1e-12; undefined: not stated. */
export type Tokens = Readonly<{
  /** With everything read from and written to a cache. */
  input: bigint | undefined;
  /** With reasoning. */
  output: bigint | undefined;
  total: bigint | undefined;
  /** Part of the input, as cacheWrite, audio and video; reasoning and image are part of the output. */
  cacheRead: bigint | undefined;
  cacheWrite: bigint | undefined;
  reasoning: bigint | undefined;
  audio: bigint | undefined;
  video: bigint | undefined;
  image: bigint | undefined;
  /** Input that no cache had a part in. */
  uncached: bigint | undefined;
  /** Output that is not reasoning. */
  text: bigint | undefined;
}>;

const TOKENS = 'openrouter_tokens_total';
const DETAILS = 'openrouter_token_details_total';
/** As Amazon Bedrock names models: a vendor and a dot, after a region perhaps; or an ARN. */
const BEDROCK_MODEL = /^arn:aws|(?:^|\.)(?:ai21|amazon|anthropic|cohere|deepseek|meta|mistral|openai|qwen|writer)\./;

export function tokensOf(reader: SpanReader, operation: Operation): Tokens {
  const cacheRead = reader.count('cacheReadTokens', DETAILS);
  const cacheWrite = reader.count('cacheWriteTokens', DETAILS);
  const reasoning = reader.count('reasoningTokens', DETAILS);
  const output = reader.count('outputTokens', TOKENS);
  const stated = reader.count('totalTokens', TOKENS);
  const cached = (cacheRead ?? 0n) + (cacheWrite ?? 0n);
  const input = inputOf(reader, cached) ?? (operation === 'embeddings' && output === undefined ? stated : undefined);
  return {
    input,
    output,
    total: stated ?? (input !== undefined && output !== undefined ? input + output : undefined),
    cacheRead,
    cacheWrite,
    reasoning,
    audio: sum(reader.count('audioInputTokens', DETAILS), reader.count('audioOutputTokens', DETAILS)),
    video: reader.count('videoTokens', DETAILS),
    image: reader.count('imageTokens', DETAILS),
    uncached: rest(reader, input, cached),
    text: rest(reader, output, reasoning ?? 0n),
  };
}

/** Some emitters leave out of the input what the cache had a part in. */
function inputOf(reader: SpanReader, cached: bigint): bigint | undefined {
  const inclusive = reader.count('inputTokens', TOKENS);
  if (inclusive === undefined) {
    const exclusive = reader.count('uncachedInputTokens', TOKENS);
    return exclusive === undefined ? undefined : exclusive + cached;
  }
  if (reader.openRouter) return inclusive;
  return cached > inclusive || isBedrockThroughStrands(reader) ? inclusive + cached : inclusive;
}

export function isStrands(reader: SpanReader): boolean {
  return reader.text('system') === 'strands-agents' || (reader.scope?.name ?? '').startsWith('strands');
}

function isBedrockThroughStrands(reader: SpanReader): boolean {
  return isStrands(reader) && BEDROCK_MODEL.test(reader.text('requestModel') ?? '');
}

function sum(a: bigint | undefined, b: bigint | undefined): bigint | undefined {
  return a === undefined && b === undefined ? undefined : (a ?? 0n) + (b ?? 0n);
}

/** A part larger than its whole leaves 0, and a fault. */
function rest(reader: SpanReader, whole: bigint | undefined, part: bigint): bigint | undefined {
  if (whole === undefined || whole >= part) return whole === undefined ? undefined : whole - part;
  reader.reject(DETAILS, 'negative');
  return 0n;
}
