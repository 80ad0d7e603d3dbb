/** Finds who served a model call, who made the model, and on whose key it ran. */
import type { ProviderResponse } from './provider-responses.ts';
import { isSuccess } from './provider-responses.ts';
import type { SpanReader } from './span-reader.ts';

type Models = Readonly<{ request: string | undefined; response: string | undefined }>;

/** Agent frameworks that put their own name where the provider's belongs. */
const FRAMEWORKS = new Set(['gcp.vertex.agent', 'strands-agents']);

export function modelsOf(reader: SpanReader): Models {
  return { request: reader.text('requestModel'), response: reader.text('responseModel') };
}

/** The host that answered. OpenRouter's `gen_ai.provider.name` is the model's author and never taken for it. */
export function servingProvider(reader: SpanReader, responses: readonly ProviderResponse[] | undefined): string | undefined {
  const stated =
    reader.text('servingProvider') ??
    responses?.findLast(({ status }) => isSuccess(status))?.provider ??
    before('/', reader.text('providerSlug'));
  return stated ?? (reader.openRouter ? undefined : conventionalProvider(reader));
}

export function authorOf(reader: SpanReader, { request, response }: Models): string | undefined {
  const stated = reader.first('author', ({ stringValue }) => providerName(stringValue));
  const model = response ?? request;
  if (stated !== undefined) return stated;
  if (model?.includes('/')) return before('/', model);
  return reader.openRouter ? undefined : conventionalProvider(reader);
}

function conventionalProvider(reader: SpanReader): string | undefined {
  return reader.first('provider', ({ stringValue }, alias) => {
    const name = providerName(stringValue);
    return alias === 'ai.model.provider' ? before('.', name) : name; // "openai.chat"
  });
}

function providerName(text: string | undefined): string | undefined {
  return text && !FRAMEWORKS.has(text) ? text : undefined;
}

function before(separator: string, text: string | undefined): string | undefined {
  return text?.split(separator, 1)[0] || undefined;
}
