/** Requests of OpenRouter, with one model call each, told apart by a number. */
import { envelope, OPENROUTER, openRouterSpan } from './model-calls.ts';

/** Of what every call costs. */
export const CALL_COST_USD = '0.000123';

export function callOf(id: number): string {
  const spanId = `b${id.toString(16).padStart(15, '0')}`; // ids below 65,536 are nobody's
  const span = openRouterSpan({ 'gen_ai.usage.total_cost': CALL_COST_USD }, { traceId: spanId.padStart(32, '0'), spanId });
  const written = (_key: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value);
  return JSON.stringify({ resourceSpans: [envelope([span], OPENROUTER)] }, written);
}
