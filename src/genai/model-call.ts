/** Gathers all that one request span says about a model call. */
import { type Cost, costOf } from './cost.ts';
import { type Operation, operationOf } from './operation.ts';
import { errorTypeOf, type FinishReason, finishReasonOf, type Outcome, outcomeOf } from './outcome.ts';
import { authorOf, modelsOf, servingProvider } from './provider.ts';
import { isSuccess, type ProviderResponse, providerResponses } from './provider-responses.ts';
import type { SpanReader } from './span-reader.ts';
import { type Timings, timingsOf } from './timings.ts';
import { type Tokens, tokensOf } from './tokens.ts';

/** Undefined: the span does not say. */
export type ModelCall = Readonly<{
  reader: SpanReader;
  operation: Operation;
  /** What answered, else what was asked for. */
  model: string | undefined;
  requestModel: string | undefined;
  responseModel: string | undefined;
  /** Who served it. */
  provider: string | undefined;
  /** Who made the model. */
  author: string | undefined;
  apiKey: string | undefined;
  outcome: Outcome;
  errorType: string | undefined;
  finishReason: FinishReason;
  /** Whether an upstream attempt failed on the way. */
  fallback: 'true' | 'false' | 'unknown';
  cost: Cost;
  tokens: Tokens;
  timings: Timings;
}>;

/** `failedStatus`: of the last upstream attempt that failed. */
export function modelCall(reader: SpanReader, failedStatus: string | undefined): ModelCall {
  const responses = reader.openRouter ? providerResponses(reader) : undefined;
  const verdict = operationOf(reader);
  const operation = verdict === 'no_call' ? 'unknown' : verdict;
  const models = modelsOf(reader);
  const finishReason = finishReasonOf(reader);
  const outcome = outcomeOf(reader, finishReason);
  return {
    reader,
    operation,
    model: models.response ?? models.request,
    requestModel: models.request,
    responseModel: models.response,
    provider: servingProvider(reader, responses),
    author: authorOf(reader, models),
    apiKey: reader.text('apiKey'),
    outcome,
    errorType: errorTypeOf(reader, outcome, failedStatus),
    finishReason,
    fallback: fallbackOf(responses),
    cost: costOf(reader, responses),
    tokens: tokensOf(reader, operation),
    timings: timingsOf(reader, outcome),
  };
}

function fallbackOf(responses: readonly ProviderResponse[] | undefined): ModelCall['fallback'] {
  if (responses === undefined) return 'unknown';
  return responses.every(({ status }) => isSuccess(status)) ? 'false' : 'true';
}
