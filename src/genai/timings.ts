/** Measures a model call in exact seconds, and drops figures that cannot be what their name says. */
import { divideHalfUp, ONE } from '../data/exact.ts';
import { nanoseconds } from '../data/time.ts';
import { amountOf } from './any-value.ts';
import { FIRST_CHUNK_EVENTS, instant } from './instants.ts';
import type { Outcome } from './outcome.ts';
import type { SpanReader } from './span-reader.ts';
import { isStrands } from './tokens.ts';

export type Streamed = 'true' | 'false' | 'unknown';

/** In 1e-12 s; undefined: not known. */
export type Timings = Readonly<{
  streamed: Streamed;
  duration: bigint | undefined;
  /** Until the user saw the first token. */
  firstToken: bigint | undefined;
  /** The provider's part of it. */
  providerFirstToken: bigint | undefined;
  perOutputToken: bigint | undefined;
  routerLatency: bigint | undefined;
}>;

const FIRST_TOKEN = 'gen_ai_client_operation_time_to_first_chunk_seconds';
const PROVIDER_FIRST_TOKEN = 'gen_ai_server_time_to_first_token_seconds';
const PER_TOKEN = 'gen_ai_server_time_per_output_token_seconds';
const ROUTER_LATENCY = 'openrouter_router_latency_seconds';
/** An int above it is nanoseconds: no first token takes 11 days. */
const MOST_SECONDS = 1_000_000n * ONE;

export function timingsOf(reader: SpanReader, outcome: Outcome): Timings {
  const duration = durationOf(reader, 'gen_ai_client_operation_duration_seconds');
  const firstTokenMs = reader.amount('firstTokenMs', FIRST_TOKEN);
  const interTokenMs = reader.amount('interTokenMs', PER_TOKEN);
  const streamed = streamedOf(reader, firstTokenMs, interTokenMs);
  // OpenRouter states a time to first token for whole answers too; others state it where nobody knows whether they streamed.
  const timed = outcome === 'ok' && (reader.openRouter ? streamed === 'true' : streamed !== 'false');
  const routerLatencyMs = reader.amount('routerLatencyMs', ROUTER_LATENCY);
  return {
    streamed,
    duration,
    firstToken: timed ? within(reader, duration, fromMs(firstTokenMs) ?? firstTokenOf(reader), FIRST_TOKEN) : undefined,
    providerFirstToken: timed
      ? within(reader, duration, fromMs(reader.amount('providerFirstTokenMs', PROVIDER_FIRST_TOKEN)), PROVIDER_FIRST_TOKEN)
      : undefined,
    perOutputToken: outcome === 'ok' ? (fromMs(interTokenMs) ?? perTokenOf(reader)) : undefined,
    routerLatency: fromMs(routerLatencyMs),
  };
}

/** Of the span; one that ends before it starts has none. */
export function durationOf(reader: SpanReader, metric: string): bigint | undefined {
  const { startNs, endNs } = reader;
  if (startNs === undefined || endNs === undefined) return undefined;
  return reader.countable(endNs < startNs ? 'negative' : fromNs(endNs - startNs), metric);
}

function streamedOf(reader: SpanReader, firstTokenMs: bigint | undefined, interTokenMs: bigint | undefined): Streamed {
  const stated = reader.flag('streamed');
  if (stated !== undefined) return stated ? 'true' : 'false';
  if (interTokenMs !== undefined) return 'true';
  const bodyEndMs = reader.amount('bodyEndMs', FIRST_TOKEN);
  if (firstTokenMs === undefined || bodyEndMs === undefined || firstTokenMs > bodyEndMs) return 'unknown';
  return firstTokenMs < bodyEndMs ? 'true' : 'false';
}

function within(reader: SpanReader, duration: bigint | undefined, time: bigint | undefined, metric: string): bigint | undefined {
  if (time === undefined || duration === undefined) return undefined;
  return reader.countable(time > 0n && time <= duration ? time : 'out_of_range', metric);
}

function firstTokenOf(reader: SpanReader): bigint | undefined {
  return (
    reader.amount('timeToFirstChunkS', FIRST_TOKEN) ??
    serverFirstToken(reader) ??
    fromMs(reader.amount('timeToFirstChunkMs', FIRST_TOKEN)) ??
    responseFirstToken(reader) ??
    sinceStart(reader, instant(reader.text('completionStart'))) ??
    sinceStart(reader, firstChunkNs(reader))
  );
}

function serverFirstToken(reader: SpanReader): bigint | undefined {
  const time = reader.amount('serverFirstToken', FIRST_TOKEN);
  return isStrands(reader) ? fromMs(time) : time;
}

function responseFirstToken(reader: SpanReader): bigint | undefined {
  return reader.first('responseFirstToken', (value) => {
    const time = reader.countable(amountOf(value), FIRST_TOKEN);
    const nanos = time !== undefined && value.intValue !== undefined && time > MOST_SECONDS;
    return nanos ? divideHalfUp(time, 1_000_000_000n) : time;
  });
}

function firstChunkNs({ span }: SpanReader): bigint | undefined {
  return nanoseconds(span.events?.find(({ name }) => FIRST_CHUNK_EVENTS.has(name ?? ''))?.timeUnixNano);
}

function sinceStart({ startNs }: SpanReader, ns: bigint | undefined): bigint | undefined {
  return ns === undefined || startNs === undefined ? undefined : fromNs(ns - startNs);
}

function perTokenOf(reader: SpanReader): bigint | undefined {
  const time = reader.amount('timePerTokenS', PER_TOKEN);
  const rate = time === undefined ? reader.amount('tokensPerSecond', PER_TOKEN) : undefined;
  return time ?? reciprocal(rate);
}

/** Of an amount, as an amount; 0 has none. */
export function reciprocal(amount: bigint | undefined): bigint | undefined {
  return amount ? divideHalfUp(ONE * ONE, amount) : undefined;
}

function fromMs(time: bigint | undefined): bigint | undefined {
  return time === undefined ? undefined : divideHalfUp(time, 1000n);
}

function fromNs(time: bigint): bigint {
  return time * 1000n;
}
