/** Reads OpenRouter's list of what each upstream attempt of a request came to. */
import { ownMember, parseJson } from './any-value.ts';
import type { SpanReader } from './span-reader.ts';

export type ProviderResponse = Readonly<{ provider: string | undefined; status: number | undefined; byok: boolean | undefined }>;

/** Undefined where there is no list: failed requests have none. */
export function providerResponses(reader: SpanReader): readonly ProviderResponse[] | undefined {
  const list = parseJson(reader.text('providerResponses'));
  return Array.isArray(list) ? list.map(providerResponse) : undefined;
}

export function isSuccess(status: number | undefined): boolean {
  return status !== undefined && status >= 200 && status < 300;
}

function providerResponse(item: unknown): ProviderResponse {
  const provider = ownMember(item, 'provider_name');
  const status = ownMember(item, 'status');
  const byok = ownMember(item, 'is_byok');
  return {
    provider: typeof provider === 'string' && provider !== '' ? provider : undefined,
    status: typeof status === 'number' ? status : undefined,
    byok: typeof byok === 'boolean' ? byok : undefined,
  };
}
