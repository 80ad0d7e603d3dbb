/** The attributes of OpenRouter's root span, in the order in which they come. */
import { createHash } from 'node:crypto';
import type { Attributes } from '../data/batch.ts';
import { boolean, double, integer, text, usd } from './attribute.ts';
import type { Answered, Attempt, Generation } from './generation.ts';

/** What people and models said, as JSON text. */
export type RootContent = Readonly<{ prompt: string; completion: string }>;

type ProviderResponse = Readonly<{
  id: string;
  provider_name: string;
  status: number;
  latency: number;
  is_byok: false;
  endpoint_id: string;
  model_permaslug: string;
}>;

const SYSTEM = 'trace.metadata.openrouter.';
const ACCOUNT = 'user_demo0000000000000000000';

export function rootAttributes(generation: Generation, content: RootContent): Attributes {
  const ok = generation.outcome === 'ok' ? generation : undefined;
  return [
    text('trace.name', 'OpenRouter Request'),
    text('session.id', `session-${generation.key.team}`),
    ...(ok === undefined ? [] : callerMetadata('trace', ok)),
    text('span.type', 'generation'),
    text('span.level', ok === undefined ? 'ERROR' : 'DEFAULT'),
    ...(generation.outcome === 'ok' ? callerMetadata('span', generation) : [text('span.status_message', generation.message)]),
    ...identity(generation),
    ...(ok === undefined ? [] : usage(ok)),
    text('gen_ai.prompt', content.prompt),
    text('gen_ai.completion', content.completion),
    ...(ok === undefined ? [] : tokenDetails(ok)),
    ...system(generation, ok),
    ...(ok === undefined ? [] : categories(ok)),
  ];
}

export function providerResponses({ id, model }: Generation, attempts: readonly Attempt[]): readonly ProviderResponse[] {
  return attempts.map(({ provider, status, latencyMs }) => ({
    id: uuid(`${id} ${provider.slug}`),
    provider_name: provider.name,
    status,
    latency: latencyMs,
    is_byok: false,
    endpoint_id: uuid(`${model.name} ${provider.slug}`),
    model_permaslug: `${model.name}-20260901`,
  }));
}

/** The caller's own keys come twice; a failed request has lost them. */
function callerMetadata(owner: 'trace' | 'span', generation: Answered): Attributes {
  const { team, environment } = generation.key;
  return [
    text(`${owner}.metadata.team`, team),
    text(`${owner}.metadata.environment`, environment),
    text(`${owner}.metadata.provider_responses`, JSON.stringify(providerResponses(generation, generation.attempts))),
  ];
}

function identity({ id, model }: Generation): Attributes {
  const author = model.name.split('/', 1).join();
  return [
    text('gen_ai.operation.name', 'chat'),
    text('gen_ai.system', author),
    text('gen_ai.provider.name', author),
    text('gen_ai.request.model', model.name),
    text('gen_ai.response.model', model.name),
    text('gen_ai.response.id', id),
  ];
}

function usage({ usage: { input, output, inputCost, outputCost }, costKnown }: Answered): Attributes {
  const cost = [
    usd('gen_ai.usage.input_cost', inputCost),
    usd('gen_ai.usage.output_cost', outputCost),
    usd('gen_ai.usage.total_cost', inputCost + outputCost),
  ];
  return [
    integer('gen_ai.usage.input_tokens', input),
    integer('gen_ai.usage.output_tokens', output),
    integer('gen_ai.usage.total_tokens', input + output),
    ...(costKnown ? cost : []),
  ];
}

function tokenDetails({ usage: { cached, cacheWrite, reasoning }, model, finish }: Answered): Attributes {
  const writes = [
    integer('gen_ai.usage.input_tokens.cache_write', cacheWrite),
    integer('gen_ai.usage.input_tokens.cache_write_5m', cacheWrite),
    integer('gen_ai.usage.input_tokens.cache_write_1h', 0),
  ];
  return [
    integer('gen_ai.usage.input_tokens.cached', cached),
    ...(model.tellsCacheWrites ? writes : []),
    integer('gen_ai.usage.output_tokens.reasoning', reasoning),
    text('gen_ai.response.finish_reasons', JSON.stringify([finish])),
    text('gen_ai.response.finish_reason', finish),
  ];
}

function system({ key, provider, model }: Generation, ok: Answered | undefined): Attributes {
  return [
    text(`${SYSTEM}source`, 'openrouter'),
    text(`${SYSTEM}api_key_name`, key.name),
    text(`${SYSTEM}entity_id`, ACCOUNT),
    text(`${SYSTEM}creator_user_id`, ACCOUNT),
    ...(ok === undefined ? [] : timings(ok)),
    text(`${SYSTEM}provider_name`, provider.name),
    text(`${SYSTEM}provider_slug`, provider.slug),
    ...(ok === undefined ? [] : [text(`${SYSTEM}finish_reason`, model.natively[ok.finish])]),
    usd(`${SYSTEM}input_unit_price`, model.inputPrice),
    usd(`${SYSTEM}output_unit_price`, model.outputPrice),
  ];
}

function timings({ timing: { routed, headers, firstToken, bodyEnd }, usage, streamed }: Answered): Attributes {
  const perToken = double(`${SYSTEM}inter_token_latency_ms`, (bodyEnd - firstToken) / (usage.output - 1));
  return [
    double(`${SYSTEM}router_latency_ms`, routed),
    double(`${SYSTEM}provider_request_ms`, routed),
    double(`${SYSTEM}provider_headers_ms`, headers),
    double(`${SYSTEM}first_token_ms`, firstToken),
    double(`${SYSTEM}provider_body_end_ms`, bodyEnd),
    double(`${SYSTEM}provider_time_to_first_token_ms`, firstToken - routed),
    ...(streamed ? [perToken] : []),
  ];
}

/** Of those that a destination may ask for; a cost of 0 comes as an integer. */
function categories({ streamed, usage: { inputCost, outputCost, saved }, costKnown }: Answered): Attributes {
  const amount = (key: string, units: bigint) => (units === 0n ? integer(key, 0) : usd(key, units));
  return (['trace', 'span'] as const).flatMap((owner) => {
    const prefix = `${owner}.metadata.openrouter_generation.`;
    const cost = [amount(`${prefix}usage`, inputCost + outputCost), amount(`${prefix}usage_cache`, -saved)];
    return [boolean(`${prefix}is_byok`, false), boolean(`${prefix}streamed`, streamed), ...(costKnown ? cost : [])];
  });
}

function uuid(of: string): string {
  const digits = createHash('sha256').update(of).digest('hex');
  return `${digits.slice(0, 8)}-0000-4000-8000-${digits.slice(8, 20)}`;
}
