/** The labels that the metrics of the catalogue carry whatever the config says. */
import type { Attempt } from '../../genai/attempt.ts';
import type { ModelCall } from '../../genai/model-call.ts';

type Source = Readonly<{
  /** Distinct values before the rest becomes one; absent: few by nature. */
  maxValues?: number;
  /** Undefined: this call has no such label. */
  ofCall?(call: ModelCall): string | undefined;
  ofAttempt?(attempt: Attempt): string | undefined;
}>;

/** What the sender did not say. */
const UNKNOWN = 'unknown';

export const CATALOGUE_LABELS = {
  gen_ai_operation_name: { ofCall: ({ operation }) => operation },
  gen_ai_provider_name: { maxValues: 100, ofCall: ({ author }) => author ?? UNKNOWN },
  gen_ai_request_model: { maxValues: 500, ofCall: ({ requestModel }) => requestModel ?? UNKNOWN },
  gen_ai_response_model: { maxValues: 500, ofCall: ({ responseModel }) => responseModel ?? UNKNOWN },
  model: { maxValues: 500, ofCall: ({ model }) => model ?? UNKNOWN, ofAttempt: ({ model }) => model ?? UNKNOWN },
  provider: { maxValues: 100, ofCall: ({ provider }) => provider ?? UNKNOWN, ofAttempt: ({ provider }) => provider ?? UNKNOWN },
  api_key: { maxValues: 500, ofCall: ({ apiKey }) => apiKey ?? UNKNOWN },
  author: { maxValues: 100, ofCall: ({ author }) => author ?? UNKNOWN },
  error_type: { maxValues: 50, ofCall: ({ errorType }) => errorType },
  operation: { ofCall: ({ operation }) => operation },
  outcome: { ofCall: ({ outcome }) => outcome },
  finish_reason: { ofCall: ({ finishReason }) => finishReason },
  stream: { ofCall: ({ timings }) => timings.streamed },
  fallback: { ofCall: ({ fallback }) => fallback },
  http_response_status_code: { ofAttempt: ({ status }) => (status === undefined ? UNKNOWN : String(status)) },
} as const satisfies Readonly<Record<string, Source>>;

export type CatalogueLabel = keyof typeof CATALOGUE_LABELS;

/** In front of all other labels of a metric. */
export const SCOPE_LABELS = {
  client: ['gen_ai_operation_name', 'gen_ai_provider_name', 'gen_ai_request_model', 'gen_ai_response_model'],
  request: ['model', 'provider', 'api_key'],
  plain: [],
} as const satisfies Readonly<Record<string, readonly CatalogueLabel[]>>;

/** One by one, as the admission of values takes them. */
export const CATALOGUE_LABEL_SOURCES: readonly Readonly<{ name: CatalogueLabel; source: Source }>[] = Object.entries(
  CATALOGUE_LABELS,
).map(([name, source]) => ({ name: name as CatalogueLabel, source })); // the keys of that very object
