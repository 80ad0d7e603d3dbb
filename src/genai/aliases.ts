/** Every spelling of every fact about a model call, in the order in which they are asked for. */

/** A plain name is an attribute of that key. */
export type Alias =
  | string
  | Readonly<{
      key: string;
      /** Where in the JSON (text or map) that the attribute holds; empty: the whole of it. */
      path?: readonly string[];
      /** Too common a name to be trusted from anybody else. */
      claudeCode?: true;
    }>;

export type Aliases = readonly Alias[];

/** Counted only where its currency is USD. */
export const PROPOSED_COST = 'gen_ai.usage.cost.amount';

/** Facts that only OpenRouter itself can state; `span.metadata.openrouter.` comes from callers and is never read. */
const openRouter = (name: string): Aliases => [`trace.metadata.openrouter.${name}`, `openrouter.${name}`];

/** The categories that a destination may switch on. */
const generation = (name: string): Aliases => [
  `trace.metadata.openrouter_generation.${name}`,
  `span.metadata.openrouter_generation.${name}`,
];

const json = (key: string, ...path: string[]): Alias => ({ key, path });
const claudeCode = (key: string): Alias => ({ key, claudeCode: true });

export const ALIASES = {
  requestModel: [
    'gen_ai.request.model',
    'ai.model.id',
    'llm.model_name',
    'llm.request.model',
    'langfuse.observation.model.name',
    json('mlflow.llm.model'),
    claudeCode('model'),
  ],

  responseModel: ['gen_ai.response.model', 'ai.response.model', 'llm.response.model', 'llm.model_name'],

  servingProvider: openRouter('provider_name'),
  providerSlug: openRouter('provider_slug'),
  providerResponses: ['trace.metadata.provider_responses'],

  /** As other emitters than OpenRouter name it: the host where they know it, else whatever the convention names. */
  provider: [
    'llm.provider',
    json('mlflow.llm.provider'),
    'gen_ai.provider.name',
    'gen_ai.system',
    'ai.model.provider',
    'llm.system',
  ],

  author: ['gen_ai.provider.name', 'gen_ai.system'],
  system: ['gen_ai.system'],

  apiKey: [...openRouter('api_key_name'), 'metadata.user_api_key_alias', 'metadata.user_api_key_team_id'],

  operation: [
    'gen_ai.operation.name',
    'openinference.span.kind',
    'traceloop.span.kind',
    'llm.request.type',
    'ai.operationId',
    'langfuse.observation.type',
    json('mlflow.spanType'),
    'gen_ai.operation.type',
  ],

  responseId: ['gen_ai.response.id', 'ai.response.id', claudeCode('request_id')],

  inputTokens: [
    'gen_ai.usage.input_tokens',
    'gen_ai.usage.prompt_tokens',
    'llm.token_count.prompt',
    'ai.usage.inputTokens',
    'ai.usage.promptTokens',
    'llm.usage.prompt_tokens',
    'llm.prompt_tokens',
    json('mlflow.chat.tokenUsage', 'input_tokens'),
    json('langfuse.observation.usage_details', 'input'),
  ],

  /** Without what the cache gave or took. */
  uncachedInputTokens: [claudeCode('input_tokens')],

  outputTokens: [
    'gen_ai.usage.output_tokens',
    'gen_ai.usage.completion_tokens',
    'llm.token_count.completion',
    'ai.usage.outputTokens',
    'ai.usage.completionTokens',
    'llm.usage.completion_tokens',
    json('mlflow.chat.tokenUsage', 'output_tokens'),
    json('langfuse.observation.usage_details', 'output'),
    claudeCode('output_tokens'),
  ],

  totalTokens: [
    'gen_ai.usage.total_tokens',
    'llm.token_count.total',
    'ai.usage.totalTokens',
    'llm.usage.total_tokens',
    'ai.usage.tokens',
    json('mlflow.chat.tokenUsage', 'total_tokens'),
  ],

  cacheReadTokens: [
    'gen_ai.usage.input_tokens.cached',
    'gen_ai.usage.cache_read.input_tokens',
    'gen_ai.usage.cache_read_input_tokens',
    'gen_ai.usage.prompt_tokens_details.cached_tokens',
    'gen_ai.usage.details.cache_read_tokens',
    'llm.token_count.prompt_details.cache_read',
    'llm.token_count.prompt_details.cache_input',
    'ai.usage.inputTokenDetails.cacheReadTokens',
    'ai.usage.cachedInputTokens',
    json('mlflow.chat.tokenUsage', 'cache_read_input_tokens'),
    claudeCode('cache_read_tokens'),
    'gen_ai.usage.cache_read_tokens',
  ],

  cacheWriteTokens: [
    'gen_ai.usage.input_tokens.cache_write',
    'gen_ai.usage.cache_creation.input_tokens',
    'gen_ai.usage.cache_creation_input_tokens',
    'gen_ai.usage.cache_write_input_tokens',
    'gen_ai.usage.prompt_tokens_details.cache_creation_tokens',
    'gen_ai.usage.details.cache_write_tokens',
    'llm.token_count.prompt_details.cache_write',
    'llm.token_count.prompt_details.cache_creation',
    'ai.usage.inputTokenDetails.cacheWriteTokens',
    json('mlflow.chat.tokenUsage', 'cache_creation_input_tokens'),
    claudeCode('cache_creation_tokens'),
    'gen_ai.usage.cache_write_tokens',
  ],

  reasoningTokens: [
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

  audioInputTokens: [
    'gen_ai.usage.input_tokens.audio',
    'llm.token_count.prompt_details.audio',
    'gen_ai.usage.details.input_audio_tokens',
  ],

  audioOutputTokens: [
    'llm.token_count.completion_details.audio',
    'gen_ai.usage.completion_tokens_details.audio_tokens',
    'gen_ai.usage.details.output_audio_tokens',
  ],

  videoTokens: ['gen_ai.usage.input_tokens.video'],
  imageTokens: ['gen_ai.usage.output_tokens.image'],

  /** Of `PROPOSED_COST`. */
  proposedCostCurrency: ['gen_ai.usage.cost.currency'],

  /** Prices before a discount and sums over an agent's run are no request's cost and not listed. */
  totalCost: [
    'gen_ai.usage.total_cost',
    'gen_ai.usage.cost',
    'llm.cost.total',
    'gen_ai.cost.total_cost',
    'litellm.cost.total',
    'operation.cost',
    'gen_ai.cost.total_tokens', // in USD, despite its name
    PROPOSED_COST,
    json('mlflow.llm.cost', 'total_cost'),
    json('langfuse.observation.cost_details', 'total'),
    json('ai.response.providerMetadata', 'openrouter', 'usage', 'cost'),
    'gen_ai.usage.cost_usd',
    'llm.usage.total_cost',
  ],

  inputCost: [
    'gen_ai.usage.input_cost',
    'llm.cost.prompt',
    'gen_ai.cost.input_cost',
    'litellm.cost.input',
    'gen_ai.cost.input_tokens',
    json('mlflow.llm.cost', 'input_cost'),
    json('langfuse.observation.cost_details', 'input'),
  ],

  outputCost: [
    'gen_ai.usage.output_cost',
    'llm.cost.completion',
    'gen_ai.cost.output_cost',
    'litellm.cost.output',
    'gen_ai.cost.output_tokens',
    json('mlflow.llm.cost', 'output_cost'),
    json('langfuse.observation.cost_details', 'output'),
  ],

  inputUnitPrice: openRouter('input_unit_price'),
  outputUnitPrice: openRouter('output_unit_price'),
  cacheUsage: generation('usage_cache'),
  isByok: generation('is_byok'),
  upstreamCost: [...generation('byok_usage_inference'), ...generation('usage_upstream')],

  streamed: [
    ...generation('streamed'),
    'gen_ai.request.stream',
    'litellm.request.streaming',
    'gen_ai.is_streaming',
    'llm.is_streaming',
  ],

  finishReason: [
    'gen_ai.response.finish_reason',
    'gen_ai.response.finish_reasons',
    ...openRouter('finish_reason'),
    'ai.response.finishReason',
    'llm.response.finish_reason',
    'llm.finish_reason',
    'llm.response.stop_reason',
    claudeCode('stop_reason'),
    'gen_ai.choice.finish_reason',
  ],

  statusMessage: ['span.status_message', 'langfuse.observation.status_message'],
  errorType: ['error.type'],
  success: [claudeCode('success')],

  routerLatencyMs: openRouter('router_latency_ms'),
  firstTokenMs: openRouter('first_token_ms'),
  bodyEndMs: openRouter('provider_body_end_ms'),
  providerFirstTokenMs: openRouter('provider_time_to_first_token_ms'),
  interTokenMs: openRouter('inter_token_latency_ms'),

  timeToFirstChunkS: ['gen_ai.response.time_to_first_chunk', 'gen_ai.client.operation.time_to_first_chunk'],
  /** Seconds, but milliseconds from Strands. */
  serverFirstToken: ['gen_ai.server.time_to_first_token'],
  timeToFirstChunkMs: ['ai.response.msToFirstChunk', 'ai.stream.msToFirstChunk', claudeCode('ttft_ms')],
  /** Seconds as a double; nanoseconds as a large int. */
  responseFirstToken: ['gen_ai.response.time_to_first_token'],
  /** ISO 8601. */
  completionStart: ['langfuse.observation.completion_start_time'],

  timePerTokenS: ['gen_ai.server.time_per_output_token', 'gen_ai.client.operation.time_per_output_chunk'],
  tokensPerSecond: ['ai.response.avgOutputTokensPerSecond'],

  spanType: ['span.type'],
  traceName: ['trace.name'],
  attemptIndex: ['span.metadata.attempt_index'],
  attemptStatus: ['span.metadata.status_code'],
  attemptModel: ['span.metadata.model_permaslug'],
  testSources: ['source', 'trace.metadata.source', 'span.metadata.source'],
} as const satisfies Readonly<Record<string, Aliases>>;

export type Fact = keyof typeof ALIASES;

/** Every attribute that some fact is read from. */
export const FACT_KEYS: ReadonlySet<string> = new Set(
  Object.values<Aliases>(ALIASES).flatMap((aliases) => aliases.map((alias) => (typeof alias === 'string' ? alias : alias.key))),
);
