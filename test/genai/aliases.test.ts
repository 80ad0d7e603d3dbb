/** Every spelling of every fact, one emitter at a time. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AnyValue } from '../../src/data/batch.ts';
import { decimalText } from '../../src/data/exact.ts';
import { ALIASES, type Aliases, FACT_KEYS } from '../../src/genai/aliases.ts';
import type { ModelCall } from '../../src/genai/model-call.ts';
import { callIn, foreignCall, read, span, type Value, type Values } from '../helpers/model-calls.ts';

/** Claude Code's words are too common to be trusted from others. */
const CLAUDE_CODE = 'claude_code.llm_request';

function json(value: unknown): string {
  return JSON.stringify(value);
}

function shown(value: bigint | string | undefined): string | undefined {
  return typeof value === 'bigint' ? decimalText(value) : value;
}

/** Reads a span that has this attribute and nothing else of the kind. */
function callWith(key: string, value: Value): ModelCall {
  if (!isClaudeCode(key)) return foreignCall({ [key]: value });
  return callIn(read([span({ [key]: value, model: 'claude', 'gen_ai.operation.name': 'chat' }, { name: CLAUDE_CODE })]));
}

function isClaudeCode(key: string): boolean {
  const all: readonly Aliases[] = Object.values(ALIASES);
  return all.flat().some((alias) => typeof alias !== 'string' && alias.key === key && alias.claudeCode);
}

const TOKENS: Readonly<Record<string, readonly (string | readonly [string, Value])[]>> = {
  input: [
    'gen_ai.usage.input_tokens',
    'gen_ai.usage.prompt_tokens',
    'llm.token_count.prompt',
    'ai.usage.inputTokens',
    'ai.usage.promptTokens',
    'llm.usage.prompt_tokens',
    'llm.prompt_tokens',
    ['mlflow.chat.tokenUsage', json({ input_tokens: 7 })],
    ['langfuse.observation.usage_details', json({ input: 7 })],
    'input_tokens',
  ],
  output: [
    'gen_ai.usage.output_tokens',
    'gen_ai.usage.completion_tokens',
    'llm.token_count.completion',
    'ai.usage.outputTokens',
    'ai.usage.completionTokens',
    'llm.usage.completion_tokens',
    ['mlflow.chat.tokenUsage', json({ output_tokens: 7 })],
    ['langfuse.observation.usage_details', json({ output: 7 })],
    'output_tokens',
  ],
  total: [
    'gen_ai.usage.total_tokens',
    'llm.token_count.total',
    'ai.usage.totalTokens',
    'llm.usage.total_tokens',
    'ai.usage.tokens',
    ['mlflow.chat.tokenUsage', json({ total_tokens: 7 })],
  ],
  cacheRead: [
    'gen_ai.usage.input_tokens.cached',
    'gen_ai.usage.cache_read.input_tokens',
    'gen_ai.usage.cache_read_input_tokens',
    'gen_ai.usage.prompt_tokens_details.cached_tokens',
    'gen_ai.usage.details.cache_read_tokens',
    'llm.token_count.prompt_details.cache_read',
    'llm.token_count.prompt_details.cache_input',
    'ai.usage.inputTokenDetails.cacheReadTokens',
    'ai.usage.cachedInputTokens',
    ['mlflow.chat.tokenUsage', json({ cache_read_input_tokens: 7 })],
    'cache_read_tokens',
    'gen_ai.usage.cache_read_tokens',
  ],
  cacheWrite: [
    'gen_ai.usage.input_tokens.cache_write',
    'gen_ai.usage.cache_creation.input_tokens',
    'gen_ai.usage.cache_creation_input_tokens',
    'gen_ai.usage.cache_write_input_tokens',
    'gen_ai.usage.prompt_tokens_details.cache_creation_tokens',
    'gen_ai.usage.details.cache_write_tokens',
    'llm.token_count.prompt_details.cache_write',
    'llm.token_count.prompt_details.cache_creation',
    'ai.usage.inputTokenDetails.cacheWriteTokens',
    ['mlflow.chat.tokenUsage', json({ cache_creation_input_tokens: 7 })],
    'cache_creation_tokens',
    'gen_ai.usage.cache_write_tokens',
  ],
  reasoning: [
    'gen_ai.usage.output_tokens.reasoning',
    'gen_ai.usage.reasoning.output_tokens',
    'gen_ai.usage.reasoning_tokens',
    'gen_ai.usage.completion_tokens_details.reasoning_tokens',
    'gen_ai.usage.details.reasoning_tokens',
    'llm.token_count.completion_details.reasoning',
    'ai.usage.outputTokenDetails.reasoningTokens',
    'ai.usage.reasoningTokens',
    'llm.usage.reasoning_tokens',
  ],
  audio: [
    'gen_ai.usage.input_tokens.audio',
    'llm.token_count.prompt_details.audio',
    'llm.token_count.completion_details.audio',
    'gen_ai.usage.completion_tokens_details.audio_tokens',
    'gen_ai.usage.details.input_audio_tokens',
    'gen_ai.usage.details.output_audio_tokens',
  ],
  video: ['gen_ai.usage.input_tokens.video'],
  image: ['gen_ai.usage.output_tokens.image'],
};

const COSTS: Readonly<Record<'total' | 'input' | 'output', readonly (string | readonly [string, Value])[]>> = {
  total: [
    'gen_ai.usage.total_cost',
    'gen_ai.usage.cost',
    'llm.cost.total',
    'gen_ai.cost.total_cost',
    'litellm.cost.total',
    'operation.cost',
    'gen_ai.cost.total_tokens',
    'gen_ai.usage.cost.amount',
    ['mlflow.llm.cost', json({ total_cost: 0.25 })],
    ['langfuse.observation.cost_details', json({ total: 0.25 })],
    ['ai.response.providerMetadata', json({ openrouter: { usage: { cost: 0.25 } } })],
    'gen_ai.usage.cost_usd',
    'llm.usage.total_cost',
  ],
  input: [
    'gen_ai.usage.input_cost',
    'llm.cost.prompt',
    'gen_ai.cost.input_cost',
    'litellm.cost.input',
    'gen_ai.cost.input_tokens',
    ['mlflow.llm.cost', json({ input_cost: 0.25 })],
    ['langfuse.observation.cost_details', json({ input: 0.25 })],
  ],
  output: [
    'gen_ai.usage.output_cost',
    'llm.cost.completion',
    'gen_ai.cost.output_cost',
    'litellm.cost.output',
    'gen_ai.cost.output_tokens',
    ['mlflow.llm.cost', json({ output_cost: 0.25 })],
    ['langfuse.observation.cost_details', json({ output: 0.25 })],
  ],
};

describe('tokens', () => {
  for (const [type, spellings] of Object.entries(TOKENS)) {
    for (const spelling of spellings) {
      const [key, value]: readonly [string, Value] = typeof spelling === 'string' ? [spelling, 7n] : spelling;
      it(`of type ${type} are read from ${key}`, () => {
        assert.equal(shown(callWith(key, value).tokens[type as keyof ModelCall['tokens']]), '7');
      });
    }
  }

  it('are read from a map as from JSON', () => {
    const usage: AnyValue = { kvlistValue: { values: [{ key: 'input_tokens', value: { intValue: '7' } }] } };
    assert.equal(shown(foreignCall({ 'mlflow.chat.tokenUsage': usage }).tokens.input), '7');
  });
});

describe('cost', () => {
  for (const [part, spellings] of Object.entries(COSTS)) {
    for (const spelling of spellings) {
      const [key, value]: readonly [string, Value] = typeof spelling === 'string' ? [spelling, 0.25] : spelling;
      it(`${part} is read from ${key}`, () => {
        assert.equal(shown(callWith(key, value).cost[part as 'total' | 'input' | 'output']), '0.25');
      });
    }
  }

  const notCosts = [
    'litellm.cost.original',
    'gen_ai.cost.original_cost',
    'conversation.cost_estimate_usd',
    'trace.metadata.openrouter_generation.usage',
    'trace.metadata.openrouter_generation.usage_cache',
    'cost_usd',
  ];
  for (const key of notCosts) {
    it(`is not read from ${key}`, () => assert.equal(callWith(key, 0.25).cost.total, undefined));
  }

  for (const [currency, expected] of [
    ['USD', '0.25'],
    ['EUR', undefined],
    ['', '0.25'],
  ] as const) {
    it(`in currency "${currency}" is ${expected ?? 'not counted'}`, () => {
      const { cost } = foreignCall({ 'gen_ai.usage.cost.amount': 0.25, 'gen_ai.usage.cost.currency': currency });
      assert.equal(shown(cost.total), expected);
    });
  }
});

describe('aggregates are no request', () => {
  for (const key of ['gen_ai.aggregated_usage.input_tokens', 'gen_ai.usage.partial.input_tokens', 'input_tokens']) {
    it(`${key} is not read`, () => assert.equal(foreignCall({ [key]: 7n }).tokens.input, undefined));
  }
});

const TEXTS: readonly [
  fact: 'requestModel' | 'responseModel' | 'provider' | 'apiKey',
  key: string,
  value: Value,
  expected: string,
][] = [
  ['requestModel', 'gen_ai.request.model', 'gpt', 'gpt'],
  ['requestModel', 'ai.model.id', 'gpt', 'gpt'],
  ['requestModel', 'llm.model_name', 'gpt', 'gpt'],
  ['requestModel', 'llm.request.model', 'gpt', 'gpt'],
  ['requestModel', 'langfuse.observation.model.name', 'gpt', 'gpt'],
  ['requestModel', 'mlflow.llm.model', 'gpt', 'gpt'],
  ['requestModel', 'mlflow.llm.model', '"gpt"', 'gpt'],
  ['responseModel', 'gen_ai.response.model', 'gpt', 'gpt'],
  ['responseModel', 'ai.response.model', 'gpt', 'gpt'],
  ['responseModel', 'llm.response.model', 'gpt', 'gpt'],
  ['responseModel', 'llm.model_name', 'gpt', 'gpt'],
  ['provider', 'llm.provider', 'azure', 'azure'],
  ['provider', 'mlflow.llm.provider', '"azure"', 'azure'],
  ['provider', 'gen_ai.provider.name', 'azure.ai.openai', 'azure.ai.openai'],
  ['provider', 'gen_ai.system', 'aws.bedrock', 'aws.bedrock'],
  ['provider', 'ai.model.provider', 'openai.chat', 'openai'],
  ['provider', 'llm.system', 'openai', 'openai'],
  ['apiKey', 'metadata.user_api_key_alias', 'team-key', 'team-key'],
  ['apiKey', 'metadata.user_api_key_team_id', 'team-1', 'team-1'],
];

describe('names', () => {
  for (const [fact, key, value, expected] of TEXTS) {
    it(`${fact} is ${expected} if ${key} is ${value}`, () => {
      const values: Values = { 'gen_ai.operation.name': 'chat', 'gen_ai.response.id': 'r', [key]: value };
      const model = fact === 'requestModel' || fact === 'responseModel' ? {} : { 'gen_ai.request.model': 'm' };
      assert.equal(callIn(read([span({ ...model, ...values })]))[fact], expected);
    });
  }

  it('a key that the caller supplied is not taken for the key', () => {
    assert.equal(foreignCall({ 'metadata.team_id': 'mine' }).apiKey, undefined);
  });
});

describe('of several spellings', () => {
  it('the first that can be read wins, and they are never added up', () => {
    const { tokens } = foreignCall({
      'gen_ai.usage.prompt_tokens': 9n,
      'gen_ai.usage.input_tokens': 7n,
      'llm.token_count.prompt': 8n,
    });
    assert.equal(shown(tokens.input), '7');
  });

  it('one that cannot be read gives way to the next, and is reported', () => {
    const { requests, invalid } = read([
      span({
        'gen_ai.operation.name': 'chat',
        'gen_ai.request.model': 'm',
        'gen_ai.usage.input_tokens': 'many',
        'llm.token_count.prompt': 8n,
      }),
    ]);
    assert.equal(shown(requests[0]?.tokens.input), '8');
    assert.deepEqual(invalid, [{ metric: 'openrouter_tokens_total', reason: 'not_a_number' }]);
  });

  it('every one is among the attributes that are picked out of a span', () => {
    for (const [, key] of TEXTS) assert.ok(FACT_KEYS.has(key), key);
    assert.ok(!FACT_KEYS.has('gen_ai.prompt'));
    assert.ok(!FACT_KEYS.has('gen_ai.completion'));
  });
});
