/** The daemon as a person sets it up, against every shape of delivery that OpenRouter is known to send. */
import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { canonicalSpans } from '../helpers/canonical-spans.ts';
import { type Daemon, startDaemon } from '../helpers/daemon.ts';
import { Destination } from '../helpers/destination.ts';
import { freePort } from '../helpers/free-ports.ts';
import { type Answer, post, send } from '../helpers/http.ts';
import { Page } from '../helpers/page.ts';
import { SAMPLES, sample, TOTAL_COST_USD } from '../helpers/samples.ts';
import { until } from '../helpers/until.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const MIB = 1_048_576;

let daemon: Daemon;
let tempo: Destination;
let traces: string;
let metrics: string;

before(async () => {
  tempo = await Destination.open();
  const [intake, admin] = [await freePort(), await freePort()];
  traces = `http://127.0.0.1:${intake}/v1/traces`;
  metrics = `http://127.0.0.1:${admin}/metrics`;
  daemon = await startDaemon(`
receivers:
  otlp:
    protocols:
      http:
        endpoint: 127.0.0.1:${intake}
connectors:
  genai:
exporters:
  prometheus: { endpoint: 127.0.0.1:${admin} }
  otlp_http/tempo: { endpoint: '${tempo.url}' }
service:
  pipelines:
    traces:  { receivers: [otlp],  exporters: [genai, otlp_http/tempo] }
    metrics: { receivers: [genai], exporters: [prometheus] }
`);
});

describe('every sample posted once, and all of them again', () => {
  let first: string;
  let second: string;

  before(async () => {
    await postAll();
    first = await page();
    await until('every span forwarded', () => tempo.spanIds.length === 37);
    await postAll();
    second = await page();
  });

  it('counts requests, tokens, cost and attempts exactly', () => {
    const counted = new Page(first);
    const requests = 'openrouter_requests_total';
    const cost = 'openrouter_cost_usd_total';
    const tokens = 'openrouter_tokens_total';
    assert.deepEqual(
      {
        requests: counted.sum(requests),
        byOutcome: counted.sumBy('outcome', requests),
        byFinish: counted.sumBy('finish_reason', requests),
        byProvider: counted.sumBy('provider', requests),
        byModel: counted.sumBy('model', requests),
        byStream: counted.sumBy('stream', requests),
        byFallback: counted.sumBy('fallback', requests),
        tokens: counted.sumBy('type', tokens),
        inputByModel: counted.sumBy('model', tokens, { type: 'input' }),
        outputByModel: counted.sumBy('model', tokens, { type: 'output' }),
        details: counted.sumBy('type', 'openrouter_token_details_total'),
        cost: counted.sum(cost),
        costByModel: counted.sumBy('model', cost),
        costByProvider: counted.sumBy('provider', cost),
        costByKey: counted.sumBy('api_key', cost),
        withoutCost: counted.sumBy('reason', 'openrouter_requests_without_cost_total'),
        byok: counted.sum('openrouter_byok_cost_usd_total'),
        cacheSavings: counted.sum('openrouter_cache_savings_usd_total'),
      },
      {
        requests: '15',
        byOutcome: { ok: '13', error: '1', cancelled: '1' },
        byFinish: { stop: '10', tool_calls: '1', content_filter: '1', none: '3' },
        byProvider: { OpenAI: '8', Anthropic: '2', 'Amazon Bedrock': '1', Together: '1', Azure: '1', Google: '1', unknown: '1' },
        byModel: {
          'openai/gpt-5.1-mini': '7',
          'anthropic/claude-haiku-4.5': '3',
          'openai/gpt-5.1': '2',
          'meta-llama/llama-4-70b': '1',
          'google/gemini-3-flash': '1',
          'openai/gpt-4': '1',
        },
        byStream: { true: '7', false: '4', unknown: '4' },
        byFallback: { true: '1', false: '10', unknown: '4' },
        tokens: { input: '55830', output: '1565' },
        inputByModel: {
          'openai/gpt-5.1-mini': '1080',
          'anthropic/claude-haiku-4.5': '52700',
          'openai/gpt-5.1': '1000',
          'meta-llama/llama-4-70b': '900',
          'google/gemini-3-flash': '50',
          'openai/gpt-4': '100',
        },
        outputByModel: {
          'openai/gpt-5.1-mini': '250',
          'anthropic/claude-haiku-4.5': '855',
          'openai/gpt-5.1': '200',
          'meta-llama/llama-4-70b': '210',
          'google/gemini-3-flash': '0',
          'openai/gpt-4': '50',
        },
        details: { cache_read: '48512', cache_write: '20', reasoning: '289' },
        cost: TOTAL_COST_USD,
        costByModel: {
          'openai/gpt-5.1-mini': '0.00077',
          'anthropic/claude-haiku-4.5': '0.01378',
          'meta-llama/llama-4-70b': '0.000306',
          'google/gemini-3-flash': '0.000015',
          'openai/gpt-5.1': '0',
        },
        costByProvider: {
          OpenAI: '0.00077',
          'Amazon Bedrock': '0.004005',
          Anthropic: '0.009775',
          Together: '0.000306',
          Google: '0.000015',
        },
        costByKey: { 'prod-web': TOTAL_COST_USD },
        withoutCost: { error: '1', cancelled: '1', missing: '1' },
        byok: '0.00325',
        cacheSavings: '0.0001',
      },
    );
  });

  it('counts attempts by the provider that was asked and what it answered', () => {
    const counted = new Page(first);
    const attempts = 'openrouter_provider_attempts_total';
    const ok = { OpenAI: '6', Anthropic: '2', 'Amazon Bedrock': '1', Together: '1', Google: '1' };
    assert.deepEqual(counted.sumBy('provider', attempts, { http_response_status_code: '200' }), ok);
    assert.deepEqual(counted.sumBy('provider', attempts, { http_response_status_code: '429' }), { DeepInfra: '1' });
    assert.equal(counted.sum(attempts), '12');
  });

  for (const [family, count, sum] of [
    ['gen_ai_client_operation_duration_seconds', '15', '43.659'],
    ['gen_ai_client_operation_time_to_first_chunk_seconds', '7', '5.92'],
    ['gen_ai_server_time_to_first_token_seconds', '7', '5.404'],
    ['gen_ai_server_time_per_output_token_seconds', '7', undefined],
    ['openrouter_request_cost_usd', '12', TOTAL_COST_USD],
    ['openrouter_router_latency_seconds', '11', '0.654'],
    ['openrouter_provider_attempt_duration_seconds', '12', undefined],
  ] as const) {
    it(`observes ${family} once per request that has it`, () => {
      const counted = new Page(first);
      assert.equal(counted.sum(`${family}_count`), count);
      assert.equal(counted.sum(`${family}_bucket`, { le: '+Inf' }), count);
      if (sum !== undefined) assert.equal(counted.sum(`${family}_sum`), sum);
    });
  }

  it('takes token figures into the histogram of the semantic conventions', () => {
    const counted = new Page(first);
    assert.deepEqual(counted.sumBy('gen_ai_token_type', 'gen_ai_client_token_usage_sum'), { input: '55830', output: '1565' });
  });

  it('counts nothing of what it has seen before', () => {
    assert.equal(second, first);
  });

  it('forwards every span once, but a connection test at each click', async () => {
    await until('the second connection test forwarded', () => tempo.spanIds.length === 38);
    assert.deepEqual(canonicalSpans(tempo.accepted.slice(0, -1)), canonicalSpans(SAMPLES.map(({ body }) => body)));
    assert.deepEqual(canonicalSpans(tempo.accepted.slice(-1)), canonicalSpans([sample('S10a')]));
  });
});

describe("OpenRouter's connection tests", () => {
  const test = { 'x-test-connection': 'true' };
  const cases: readonly (readonly [string, string | Buffer | undefined, Readonly<Record<string, string>>])[] = [
    ['the span of the collector destination', sample('S10a'), JSON_TYPE],
    ['the empty payload of the webhook destination', sample('S10b'), JSON_TYPE],
    ['the Send Trace button', sample('S10c'), JSON_TYPE],
    ['its older form', sample('S10d'), JSON_TYPE],
    ['no body', undefined, JSON_TYPE],
    ['no body and no media type', undefined, {}],
    ['white space', ' \n', JSON_TYPE],
    ['an empty object', '{}', JSON_TYPE],
    ['an empty list', '{"resourceSpans":[]}', JSON_TYPE],
    ['a test that cannot be read', 'hello', { ...JSON_TYPE, ...test }],
    ['a test of another media type', 'hello', { 'content-type': 'text/plain', ...test }],
  ];
  for (const method of ['POST', 'PUT']) {
    for (const [what, body, headers] of cases) {
      it(`are answered 200 to ${method}: ${what}`, async () => {
        const before = await page();
        const answer = await send(traces, body, { method, headers });
        assert.deepEqual([answer.status, answer.headers['content-type'], answer.body], [200, 'application/json', '{}']);
        assert.equal(await page(), before, 'and count nothing');
      });
    }
  }
});

describe('what cannot be taken', () => {
  const ok = '{}';
  const cases: readonly (readonly [string, number, () => Promise<Answer>])[] = [
    ['a body that is not JSON', 400, () => post(traces, 'hello')],
    ['a body that is no request', 400, () => post(traces, '[]')],
    ['corrupt gzip', 400, () => send(traces, ok, { headers: { ...JSON_TYPE, 'content-encoding': 'gzip' } })],
    ['an unknown path', 404, () => post(traces.replace('traces', 'nothing'), ok)],
    ['a signal without a pipeline', 404, () => post(traces.replace('traces', 'logs'), ok)],
    ['another method', 405, () => send(traces, undefined, { method: 'GET' })],
    ['a body over the limit after decompression', 413, () => gzipped(Buffer.alloc(21 * MIB, ' '))],
    ['an unknown media type', 415, () => send(traces, ok, { headers: { 'content-type': 'text/plain' } })],
    ['an unknown content coding', 415, () => send(traces, ok, { headers: { ...JSON_TYPE, 'content-encoding': 'br' } })],
  ];
  for (const [what, status, refused] of cases) {
    it(`is answered ${status}: ${what}`, async () => {
      const answer = await refused();
      assert.equal(answer.status, status);
      const { message, code } = JSON.parse(answer.body);
      assert.equal(typeof message, 'string');
      assert.equal(typeof code, 'number');
    });
  }

  it('names the methods and the codings that are taken', async () => {
    assert.equal((await send(traces, undefined, { method: 'GET' })).headers['allow'], 'POST, PUT');
    const answer = await send(traces, ok, { headers: { ...JSON_TYPE, 'content-encoding': 'br' } });
    assert.match(answer.headers['accept-encoding'] ?? '', /gzip/);
  });

  it('is answered 503 with Retry-After while too much is in flight, and taken afterwards', async () => {
    const large = Buffer.from(`{"resourceSpans":[]${' '.repeat(18 * MIB)}}`);
    const held = await Promise.all([large, large, large].map(holdUnfinished));
    let answer = await post(traces, large);
    await until('a refusal', async () => {
      // One of these may be refused in place of what came at the same moment.
      for (const [index, { destroyed }] of held.entries()) if (destroyed) held[index] = await holdUnfinished(large);
      answer = await post(traces, large);
      return answer.status !== 200;
    });
    assert.equal(answer.status, 503);
    assert.match(answer.headers['retry-after'] ?? '', /^[1-9]\d*$/);
    for (const socket of held) socket.destroy();
    await until('the large body taken', async () => (await post(traces, large)).status === 200);
  });
});

describe('SIGTERM', () => {
  it('ends the daemon cleanly', () => daemon.stop());
});

async function postAll(): Promise<void> {
  for (const { name, body } of SAMPLES) {
    const answer = await post(traces, body);
    assert.deepEqual([answer.status, answer.body], [200, '{}'], name);
  }
}

async function page(): Promise<string> {
  const answer = await send(metrics, undefined, { method: 'GET' });
  assert.equal(answer.status, 200);
  return answer.body;
}

function gzipped(body: Buffer): Promise<Answer> {
  return send(traces, gzipSync(body), { headers: { ...JSON_TYPE, 'content-encoding': 'gzip' } });
}

/** Sends all of a request but its last byte; resolves once that is with the daemon's system, or is refused. */
function holdUnfinished(body: Buffer): Promise<Socket> {
  const { port, pathname } = new URL(traces);
  const socket = connect(Number(port), '127.0.0.1');
  const head = `POST ${pathname} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
  socket.on('error', () => undefined).resume();
  socket.write(head);
  socket.write(body.subarray(0, -1));
  return until('all of it is written', () => socket.destroyed || socket.writableLength === 0).then(() => socket);
}
