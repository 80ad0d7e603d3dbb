/** What the page says after every known shape of delivery came in once. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeTracesJson } from '../../../src/otlp/json.ts';
import { GenaiMeter } from '../../helpers/genai-meter.ts';
import { SAMPLES, TOTAL_COST_USD } from '../../helpers/samples.ts';

const RECEIVED_MS = 1_790_700_180_000;

function meter(yaml?: string): GenaiMeter {
  return new GenaiMeter(yaml).apply(
    SAMPLES.map(({ body }, seq) => ({ seq, timeMs: RECEIVED_MS, batch: decodeTracesJson(body).batch })),
  );
}

const counted = meter('{ cost_detail: true, unit_prices: true, output_tokens_per_second: true }');

describe('all samples', () => {
  const bySeries: readonly [string, readonly string[], Readonly<Record<string, string>>][] = [
    ['openrouter_requests', ['outcome'], { ok: '13', error: '1', cancelled: '1' }],
    ['openrouter_requests', ['finish_reason'], { stop: '10', tool_calls: '1', content_filter: '1', none: '3' }],
    [
      'openrouter_requests',
      ['provider'],
      { OpenAI: '8', Anthropic: '2', 'Amazon Bedrock': '1', Together: '1', Azure: '1', Google: '1', unknown: '1' },
    ],
    [
      'openrouter_requests',
      ['model'],
      {
        'openai/gpt-5.1-mini': '7',
        'anthropic/claude-haiku-4.5': '3',
        'openai/gpt-5.1': '2',
        'meta-llama/llama-4-70b': '1',
        'google/gemini-3-flash': '1',
        'openai/gpt-4': '1',
      },
    ],
    ['openrouter_requests', ['api_key'], { 'prod-web': '14', unknown: '1' }],
    ['openrouter_requests', ['operation'], { chat: '14', unknown: '1' }],
    ['openrouter_requests', ['stream'], { true: '7', false: '4', unknown: '4' }],
    ['openrouter_requests', ['fallback'], { true: '1', false: '10', unknown: '4' }],
    ['openrouter_tokens', ['type'], { input: '55830', output: '1565' }],
    ['openrouter_token_details', ['type'], { cache_read: '48512', cache_write: '20', reasoning: '289' }],
    [
      'openrouter_cost_usd',
      ['model'],
      {
        'openai/gpt-5.1-mini': '0.00077',
        'anthropic/claude-haiku-4.5': '0.01378',
        'meta-llama/llama-4-70b': '0.000306',
        'google/gemini-3-flash': '0.000015',
        'openai/gpt-5.1': '0',
      },
    ],
    ['openrouter_requests_without_cost', ['reason'], { error: '1', cancelled: '1', missing: '1' }],
    ['openrouter_byok_cost_usd', ['model'], { 'openai/gpt-5.1': '0.00325' }],
    ['openrouter_byok_requests_without_cost', ['model'], {}],
    ['openrouter_errors', ['error_type'], { error: '1', cancelled: '1' }],
    [
      'openrouter_provider_attempts',
      ['provider', 'http_response_status_code'],
      {
        'provider="OpenAI",http_response_status_code="200"': '6',
        'provider="Amazon Bedrock",http_response_status_code="200"': '1',
        'provider="Anthropic",http_response_status_code="200"': '2',
        'provider="DeepInfra",http_response_status_code="429"': '1',
        'provider="Together",http_response_status_code="200"': '1',
        'provider="Google",http_response_status_code="200"': '1',
      },
    ],
    ['openrouter_cost_detail_usd', ['type'], { input: '0.00997', output: '0.004901' }],
    ['openrouter_period_cost_usd', ['period'], { day: TOTAL_COST_USD, month: TOTAL_COST_USD }],
    ['gen_ai_client_token_usage', ['gen_ai_token_type'], { input: '13 of 55830', output: '13 of 1565' }],
    ['gen_ai_client_operation_duration_seconds', ['error_type'], { '': '13 of 22.759', error: '1 of 0.9', cancelled: '1 of 20' }],
    [
      'openrouter_provider_attempt_duration_seconds',
      ['provider'],
      {
        OpenAI: '6 of 3.931',
        'Amazon Bedrock': '1 of 0.75',
        Anthropic: '2 of 1.23',
        DeepInfra: '1 of 0.26',
        Together: '1 of 0.39',
        Google: '1 of 0.755',
      },
    ],
    ['openrouter_router_latency_seconds', [''], { '': '11 of 0.654' }],
    ['openrouter_request_cost_usd', [''], { '': `12 of ${TOTAL_COST_USD}` }],
    ['gen_ai_client_operation_time_to_first_chunk_seconds', [''], { '': '7 of 5.92' }],
    ['gen_ai_server_time_to_first_token_seconds', [''], { '': '7 of 5.404' }],
  ];
  for (const [family, by, expected] of bySeries) {
    it(`${family} by ${by.join(', ')}`, () => assert.deepEqual(counted.series(family, ...by), expected));
  }

  it('cost exactly what they were charged', () => assert.equal(counted.total('openrouter_cost_usd'), TOTAL_COST_USD));
  it('last exactly as long as they took', () => {
    assert.equal(counted.total('gen_ai_client_operation_duration_seconds'), '43.659');
  });

  it('have a time per token where they streamed', () => {
    const counts = Object.values(counted.series('gen_ai_server_time_per_output_token_seconds', ''));
    assert.match(counts[0] ?? '', /^7 of /);
    assert.match(Object.values(counted.series('openrouter_output_tokens_per_second', ''))[0] ?? '', /^7 of /);
  });

  it('are joined to their authors', () => {
    const authors = counted.points('openrouter_model').map(({ labels }) => labels.map(([, value]) => value).join(' by '));
    assert.deepEqual(authors.sort(), [
      'anthropic/claude-haiku-4.5 by anthropic',
      'google/gemini-3-flash by google',
      'meta-llama/llama-4-70b by meta-llama',
      'openai/gpt-4 by openai',
      'openai/gpt-5.1 by openai',
      'openai/gpt-5.1-mini by openai',
    ]);
  });

  it('ended last at the end of the newest request', () => {
    assert.equal(counted.total('openrouter_last_span_timestamp_seconds'), '1790700120.012');
  });

  it('show list prices as last seen', () => {
    const prices = counted.series('openrouter_unit_price_usd');
    assert.equal(prices['model="anthropic/claude-haiku-4.5",provider="Anthropic",type="input"'], '0.000001');
    assert.equal(prices['model="anthropic/claude-haiku-4.5",provider="Anthropic",type="output"'], '0.000005');
  });

  it('are taken as 15 requests, 12 attempts, 7 other children and 3 tests', () => {
    const spans = (spanClass: string) => counted.noticed[`spanmeter_genai_spans_total{connector="genai",class="${spanClass}"}`];
    assert.deepEqual(['request', 'attempt', 'child', 'test', 'other'].map(spans), [15, 12, 7, 3, undefined]);
  });

  it('hold nothing that cannot be counted', () => {
    assert.deepEqual(
      Object.keys(counted.noticed).filter((name) => !name.startsWith('spanmeter_genai_spans_total')),
      [],
    );
  });

  it('lead from a line to its request', () => {
    const [point] = counted
      .points('openrouter_cost_usd')
      .filter(({ labels }) => labels.some(([, value]) => value === 'Amazon Bedrock'));
    assert.ok(point !== undefined && 'value' in point);
    assert.deepEqual(point.exemplar, {
      traceId: '9a81e662ce887b3a4064bd12594d433e',
      spanId: '9a81e662ce887b3a',
      value: 4_005_000_000n,
      timeMs: 1_790_700_013_004,
    });
  });

  it('are as fresh as the newest record', () => assert.equal(counted.connector.newestMs, RECEIVED_MS));
});
