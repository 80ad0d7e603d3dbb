/** The models, providers and keys that made-up traffic is about; names are real, prices are not. */

export type Provider = Readonly<{ name: string; slug: string }>;

export type Model = Readonly<{
  name: string;
  /** Whoever serves it; the first one is asked first. */
  providers: readonly [Provider, ...Provider[]];
  /** In 1e-12 USD per token. */
  inputPrice: bigint;
  outputPrice: bigint;
  /** What its provider calls an answer that is complete, and one that calls a tool. */
  natively: Readonly<{ stop: string; tool_calls: string }>;
  /** Tells how much of a prompt it wrote to its cache, and for how long. */
  tellsCacheWrites: boolean;
}>;

const anthropic: Provider = { name: 'Anthropic', slug: 'anthropic' };
const bedrock: Provider = { name: 'Amazon Bedrock', slug: 'amazon-bedrock/global' };
const openAi: Provider = { name: 'OpenAI', slug: 'openai' };
const google: Provider = { name: 'Google', slug: 'google-vertex/global' };
const together: Provider = { name: 'Together', slug: 'together' };
const deepInfra: Provider = { name: 'DeepInfra', slug: 'deepinfra/fp8' };

const ANTHROPIC = { natively: { stop: 'end_turn', tool_calls: 'tool_use' }, tellsCacheWrites: true };
const OPENAI = { natively: { stop: 'stop', tool_calls: 'tool_calls' }, tellsCacheWrites: false };
const GOOGLE = { natively: { stop: 'STOP', tool_calls: 'STOP' }, tellsCacheWrites: false };

const claudeSonnet: Model = {
  name: 'anthropic/claude-sonnet-5',
  providers: [anthropic, bedrock],
  inputPrice: 3_000_000n,
  outputPrice: 15_000_000n,
  ...ANTHROPIC,
};
const claudeHaiku: Model = {
  name: 'anthropic/claude-haiku-4.5',
  providers: [bedrock, anthropic],
  inputPrice: 1_000_000n,
  outputPrice: 5_000_000n,
  ...ANTHROPIC,
};
const gpt: Model = {
  name: 'openai/gpt-5.1',
  providers: [openAi],
  inputPrice: 1_250_000n,
  outputPrice: 10_000_000n,
  ...OPENAI,
};
const gptMini: Model = {
  name: 'openai/gpt-5.1-mini',
  providers: [openAi],
  inputPrice: 250_000n,
  outputPrice: 2_000_000n,
  ...OPENAI,
};
const gemini: Model = {
  name: 'google/gemini-3-flash',
  providers: [google],
  inputPrice: 300_000n,
  outputPrice: 2_500_000n,
  ...GOOGLE,
};
const llama: Model = {
  name: 'meta-llama/llama-4-70b',
  providers: [deepInfra, together],
  inputPrice: 200_000n,
  outputPrice: 600_000n,
  ...OPENAI,
};
const deepseek: Model = {
  name: 'deepseek/deepseek-v3.2',
  providers: [together, deepInfra],
  inputPrice: 270_000n,
  outputPrice: 410_000n,
  ...OPENAI,
};
const llamaFree: Model = {
  name: 'meta-llama/llama-4-scout:free',
  providers: [together],
  inputPrice: 0n,
  outputPrice: 0n,
  ...OPENAI,
};

type Models = readonly [Model, ...Model[]];

/** The more often one stands here, the more it is asked. */
export const PAID: Models = [claudeSonnet, claudeSonnet, claudeHaiku, gpt, gptMini, gptMini, gptMini, gemini, llama, deepseek];
export const CACHING: Models = [claudeSonnet, claudeHaiku, gptMini];
export const SERVED_BY_SEVERAL: Models = [claudeSonnet, claudeHaiku, llama, deepseek];
export const FREE: Models = [llamaFree];

/** Names of API keys, each with the team that uses it. */
export const KEYS: readonly [Key, ...Key[]] = [
  { name: 'prod-web', team: 'search', environment: 'prod' },
  { name: 'batch-jobs', team: 'data', environment: 'prod' },
  { name: 'dev', team: 'search', environment: 'dev' },
];
export type Key = Readonly<{ name: string; team: string; environment: string }>;
