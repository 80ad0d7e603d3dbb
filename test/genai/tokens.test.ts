/** Tokens are counted once, whatever an emitter means by input. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decimalText } from '../../src/data/exact.ts';
import type { Tokens } from '../../src/genai/tokens.ts';
import {
  callIn,
  type Envelope,
  foreignCall,
  OPENROUTER,
  openRouterCall,
  openRouterSpan,
  read,
  span,
  type Values,
} from '../helpers/model-calls.ts';

function figures(tokens: Tokens): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(tokens).flatMap(([type, count]) => (count === undefined ? [] : [[type, Number(decimalText(count))]])),
  );
}

const USAGE: Values = { 'gen_ai.usage.input_tokens': 100n, 'gen_ai.usage.output_tokens': 50n };
const CACHE: Values = { 'gen_ai.usage.input_tokens.cached': 80n, 'gen_ai.usage.input_tokens.cache_write': 15n };

describe('tokens', () => {
  it('of a cache and of reasoning are parts, not more tokens', () => {
    const tokens = figures(openRouterCall({ ...USAGE, ...CACHE, 'gen_ai.usage.output_tokens.reasoning': 20n }).tokens);
    assert.deepEqual(tokens, {
      input: 100,
      output: 50,
      total: 150,
      cacheRead: 80,
      cacheWrite: 15,
      reasoning: 20,
      uncached: 5,
      text: 30,
    });
  });

  it('of a cache write by lifetime only split it', () => {
    const split = { 'gen_ai.usage.input_tokens.cache_write_5m': 10n, 'gen_ai.usage.input_tokens.cache_write_1h': 5n };
    assert.deepEqual(openRouterCall({ ...USAGE, ...CACHE, ...split }).tokens, openRouterCall({ ...USAGE, ...CACHE }).tokens);
  });

  it('in total are what is stated, else the sum', () => {
    assert.equal(figures(openRouterCall({ ...USAGE, 'gen_ai.usage.total_tokens': 160n }).tokens)['total'], 160);
    assert.equal(figures(openRouterCall(USAGE).tokens)['total'], 150);
    assert.equal(figures(openRouterCall({ 'gen_ai.usage.input_tokens': 1n }).tokens)['total'], undefined);
  });

  it('of an embedding that states only a total are all input', () => {
    const embedding = { 'gen_ai.operation.name': 'embeddings', 'ai.usage.tokens': 9n };
    assert.deepEqual(figures(foreignCall(embedding).tokens), { input: 9, total: 9, uncached: 9 });
    assert.deepEqual(figures(foreignCall({ 'ai.usage.tokens': 9n }).tokens), { total: 9 });
  });

  it('of 0 are stated, absent ones are not', () => {
    assert.deepEqual(figures(openRouterCall({ 'gen_ai.usage.input_tokens': 0n }).tokens), { input: 0, uncached: 0 });
    assert.deepEqual(figures(openRouterCall().tokens), {});
  });

  it('of audio in and out make one figure', () => {
    const audio = { 'llm.token_count.prompt_details.audio': 3n, 'llm.token_count.completion_details.audio': 4n };
    assert.equal(figures(foreignCall(audio).tokens)['audio'], 7);
  });

  it('of OpenAI and Azure may have a cache write of 0 alone', () => {
    const tokens = figures(openRouterCall({ ...USAGE, 'gen_ai.usage.input_tokens.cache_write': 0n }).tokens);
    assert.deepEqual([tokens['cacheWrite'], tokens['cacheRead']], [0, undefined]);
  });
});

describe('an input that leaves out the cache', () => {
  const cases: readonly [string, Values, Envelope, number][] = [
    ['is completed if the cache is larger', { 'gen_ai.usage.input_tokens': 10n, ...CACHE }, {}, 105],
    ['is not suspected if the cache fits', { ...USAGE, ...CACHE }, {}, 100],
    [
      'is completed for Strands on Bedrock',
      { ...USAGE, ...CACHE, 'gen_ai.request.model': 'us.anthropic.claude-sonnet-4-20250514-v1:0' },
      { scope: 'strands.telemetry.tracer' },
      195,
    ],
    [
      'is completed for Strands by its system',
      { ...USAGE, ...CACHE, 'gen_ai.request.model': 'amazon.nova-pro-v1:0', 'gen_ai.system': 'strands-agents' },
      {},
      195,
    ],
    [
      'is left alone for Strands elsewhere',
      { ...USAGE, ...CACHE, 'gen_ai.request.model': 'gpt-4o' },
      { scope: 'strands.telemetry.tracer' },
      100,
    ],
    [
      'is left alone for Bedrock models of others',
      { ...USAGE, ...CACHE, 'gen_ai.request.model': 'us.anthropic.claude-sonnet-4-20250514-v1:0' },
      {},
      100,
    ],
  ];
  for (const [name, values, around, expected] of cases) {
    it(name, () => assert.equal(figures(foreignCall(values, {}, around).tokens)['input'], expected));
  }

  it('is completed for Claude Code', () => {
    const values = { model: 'claude', input_tokens: 5n, output_tokens: 7n, cache_read_tokens: 80n, cache_creation_tokens: 15n };
    const { tokens } = callIn(read([span({ ...values, 'span.type': 'llm_request' })]));
    assert.deepEqual(figures(tokens), { input: 100, output: 7, total: 107, cacheRead: 80, cacheWrite: 15, uncached: 5, text: 7 });
  });
});

describe('parts larger than their whole', () => {
  it('leave 0 and are reported, and OpenRouter is believed', () => {
    const { requests, invalid } = read([openRouterSpan({ 'gen_ai.usage.input_tokens': 10n, ...CACHE })], OPENROUTER);
    assert.deepEqual(
      requests.map(({ tokens }) => [figures(tokens)['input'], figures(tokens)['uncached']]),
      [[10, 0]],
    );
    assert.deepEqual(invalid, [{ metric: 'openrouter_token_details_total', reason: 'negative' }]);
  });

  it('leave 0 of the output, too', () => {
    const { tokens } = openRouterCall({ 'gen_ai.usage.output_tokens': 5n, 'gen_ai.usage.output_tokens.reasoning': 6n });
    assert.equal(figures(tokens)['text'], 0);
  });
});
