/** Times come out in seconds, and a whole answer has no time to its first token. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Span } from '../../src/data/batch.ts';
import { decimalText } from '../../src/data/exact.ts';
import { reciprocal, type Streamed } from '../../src/genai/timings.ts';
import {
  callIn,
  type Envelope,
  foreignCall,
  OPENROUTER,
  openRouterCall,
  openRouterSpan,
  read,
  START_NS,
  span,
  type Values,
} from '../helpers/model-calls.ts';

const OR = 'trace.metadata.openrouter.';
const FIRST_TOKEN = 'gen_ai_client_operation_time_to_first_chunk_seconds';

function seconds(time: bigint | undefined): string | undefined {
  return time === undefined ? undefined : decimalText(time);
}

function at(offsetMs: number): string {
  return String(START_NS + BigInt(offsetMs) * 1_000_000n);
}

describe('duration', () => {
  const cases: readonly [string, Span, string | undefined][] = [
    ['is exact to the nanosecond', { endTimeUnixNano: String(START_NS + 1n) }, '0.000000001'],
    ['is there for failures, too', { status: { code: 2 } }, '10'],
    ['may be 0', { endTimeUnixNano: String(START_NS) }, '0'],
    ['is unknown without an end', { endTimeUnixNano: '' }, undefined],
    ['is unknown with an unset start', { startTimeUnixNano: '0' }, undefined],
  ];
  for (const [name, over, expected] of cases) {
    it(name, () => assert.equal(seconds(openRouterCall({}, over).timings.duration), expected));
  }

  it('below zero is none, and reported', () => {
    const { requests, invalid } = read([openRouterSpan({}, { endTimeUnixNano: String(START_NS - 1n) })], OPENROUTER);
    assert.equal(requests[0]?.timings.duration, undefined);
    assert.deepEqual(invalid, [{ metric: 'gen_ai_client_operation_duration_seconds', reason: 'negative' }]);
  });
});

describe('whether an answer was streamed', () => {
  const early = { [`${OR}first_token_ms`]: 900, [`${OR}provider_body_end_ms`]: 2000 };
  const equal = { [`${OR}first_token_ms`]: 2000, [`${OR}provider_body_end_ms`]: 2000 };
  const category = 'trace.metadata.openrouter_generation.streamed';
  const cases: readonly [string, Values, Streamed][] = [
    ['is as the category says, against all else', { [category]: false, [`${OR}inter_token_latency_ms`]: 5, ...early }, 'false'],
    ['is as the category says in text', { [category]: 'True', ...equal }, 'true'],
    ['is as was requested', { 'gen_ai.request.stream': true, ...equal }, 'true'],
    ['is so if there is a time between tokens', { [`${OR}inter_token_latency_ms`]: 5, ...equal }, 'true'],
    ['is so if the first token came before the end', early, 'true'],
    ['is not so if it came with the end', equal, 'false'],
    ['is unknown if it came after the end', { ...equal, [`${OR}first_token_ms`]: 2001 }, 'unknown'],
    ['is unknown without an end', { [`${OR}first_token_ms`]: 900 }, 'unknown'],
    ['says nothing about headers', { ...early, [`${OR}provider_headers_ms`]: 900 }, 'true'],
    ['is unknown if nothing says so', {}, 'unknown'],
    ['is read in the older form', { 'openrouter.inter_token_latency_ms': '5' }, 'true'],
    ['is not read from what cannot be counted', { [`${OR}inter_token_latency_ms`]: 'fast' }, 'unknown'],
  ];
  for (const [name, values, expected] of cases) {
    it(name, () => assert.equal(openRouterCall(values).timings.streamed, expected));
  }

  const flags: readonly [string, Values[string], Streamed][] = [
    ['gen_ai.request.stream', true, 'true'],
    ['litellm.request.streaming', true, 'true'],
    ['gen_ai.is_streaming', false, 'false'],
    ['llm.is_streaming', 'False', 'false'],
  ];
  for (const [key, value, expected] of flags) {
    it(`is ${expected} if ${key} is ${value}`, () => assert.equal(foreignCall({ [key]: value }).timings.streamed, expected));
  }
});

describe("OpenRouter's time to the first token", () => {
  const streamed = { 'gen_ai.request.stream': true };
  const first = { [`${OR}first_token_ms`]: 900, [`${OR}provider_time_to_first_token_ms`]: 870 };
  const cases: readonly [string, Values, Span, readonly (string | undefined)[]][] = [
    ["is the user's and the provider's", { ...streamed, ...first }, {}, ['0.9', '0.87']],
    ['is none of a whole answer', { 'gen_ai.request.stream': false, ...first }, {}, [undefined, undefined]],
    ['is none where nobody knows', first, {}, [undefined, undefined]],
    ['is none of a failure', { ...streamed, ...first }, { status: { code: 2 } }, [undefined, undefined]],
    [
      'is none of a cancelled request',
      { ...streamed, ...first },
      { status: { code: 2, message: 'The client has disconnected' } },
      [undefined, undefined],
    ],
    ['may last as long as the request', { ...streamed, [`${OR}first_token_ms`]: 10_000 }, {}, ['10', undefined]],
    ['is none without a duration', { ...streamed, ...first }, { endTimeUnixNano: '' }, [undefined, undefined]],
  ];
  for (const [name, values, over, expected] of cases) {
    it(name, () => {
      const { firstToken, providerFirstToken } = openRouterCall(values, over).timings;
      assert.deepEqual([seconds(firstToken), seconds(providerFirstToken)], expected);
    });
  }

  for (const ms of [0, 10_000.001]) {
    it(`of ${ms} ms in ten seconds is none, and reported`, () => {
      const { requests, invalid } = read([openRouterSpan({ ...streamed, [`${OR}first_token_ms`]: ms })], OPENROUTER);
      assert.equal(requests[0]?.timings.firstToken, undefined);
      assert.deepEqual(invalid, [{ metric: FIRST_TOKEN, reason: 'out_of_range' }]);
    });
  }
});

describe('the time to the first token of other emitters', () => {
  const strands: Envelope = { scope: 'strands.telemetry.tracer' };
  const start = new Date(Number(START_NS / 1_000_000n));
  const iso = (ms: number) => new Date(start.getTime() + ms).toISOString();
  const cases: readonly [string, Values, Span, Envelope, string | undefined][] = [
    ['is seconds by the convention', { 'gen_ai.response.time_to_first_chunk': 0.9 }, {}, {}, '0.9'],
    ['is seconds as a span attribute', { 'gen_ai.client.operation.time_to_first_chunk': 0.9 }, {}, {}, '0.9'],
    ['is seconds from OpenLIT', { 'gen_ai.server.time_to_first_token': 0.9 }, {}, {}, '0.9'],
    ['is milliseconds from Strands', { 'gen_ai.server.time_to_first_token': 900n }, {}, strands, '0.9'],
    ['is milliseconds from the AI SDK', { 'ai.response.msToFirstChunk': 900.5 }, {}, {}, '0.9005'],
    ['is milliseconds of the AI SDK stream', { 'ai.stream.msToFirstChunk': 900 }, {}, {}, '0.9'],
    ['is seconds as a double from Sentry', { 'gen_ai.response.time_to_first_token': 0.9 }, {}, {}, '0.9'],
    ['is nanoseconds as a large int', { 'gen_ai.response.time_to_first_token': 900_000_000n }, {}, {}, '0.9'],
    ['is seconds as a small int', { 'gen_ai.response.time_to_first_token': 2n }, {}, {}, '2'],
    ['is the distance of a point in time', { 'langfuse.observation.completion_start_time': iso(900) }, {}, {}, '0.9'],
    [
      'is the distance of one in quotes',
      { 'langfuse.observation.completion_start_time': JSON.stringify(iso(900)) },
      {},
      {},
      '0.9',
    ],
    [
      'is the distance of one quoted twice',
      { 'langfuse.observation.completion_start_time': JSON.stringify(JSON.stringify(iso(900))) },
      {},
      {},
      '0.9',
    ],
    [
      'is the distance of one in microseconds',
      { 'langfuse.observation.completion_start_time': iso(900).replace('.900Z', '.900123+00:00') },
      {},
      {},
      '0.900123',
    ],
    ['is none of a point that is none', { 'langfuse.observation.completion_start_time': 'soon' }, {}, {}, undefined],
    [
      'is the distance of an event of the AI SDK',
      {},
      { events: [{ name: 'ai.stream.firstChunk', timeUnixNano: at(900) }] },
      {},
      '0.9',
    ],
    [
      'is the distance of an event of OpenInference',
      {},
      { events: [{ name: 'First Token Stream Event', timeUnixNano: at(900) }] },
      {},
      '0.9',
    ],
    ['is none of any other event', {}, { events: [{ name: 'retry', timeUnixNano: at(900) }] }, {}, undefined],
    ['is none before the start', {}, { events: [{ name: 'ai.stream.firstChunk', timeUnixNano: at(-1) }] }, {}, undefined],
    [
      'is none of an answer that was not streamed',
      { 'gen_ai.server.time_to_first_token': 0.9, 'gen_ai.request.stream': false },
      {},
      {},
      undefined,
    ],
    ['is none of a failure', { 'gen_ai.response.time_to_first_chunk': 0.9 }, { status: { code: 2 } }, {}, undefined],
    ['is none beyond the end', { 'gen_ai.response.time_to_first_chunk': 10.5 }, {}, {}, undefined],
  ];
  for (const [name, values, over, around, expected] of cases) {
    it(name, () => {
      const { firstToken, providerFirstToken } = foreignCall(values, over, around).timings;
      assert.deepEqual([seconds(firstToken), providerFirstToken], [expected, undefined]);
    });
  }

  it('is milliseconds from Claude Code, and from nobody else by that name', () => {
    const claude = span({ model: 'claude', input_tokens: 1n, ttft_ms: 900n, 'span.type': 'llm_request' });
    assert.equal(seconds(callIn(read([claude])).timings.firstToken), '0.9');
    assert.equal(foreignCall({ ttft_ms: 900n }).timings.firstToken, undefined);
  });
});

it('a point in time of a megabyte of quotes holds nobody up', () => {
  const before = performance.now();
  const time = foreignCall({ 'langfuse.observation.completion_start_time': `x${'"'.repeat(1_000_000)}x` }).timings.firstToken;
  assert.equal(time, undefined);
  assert.ok(performance.now() - before < 1000);
});

describe('time per output token', () => {
  const cases: readonly [string, Values, Span, string | undefined][] = [
    ['is in seconds', { [`${OR}inter_token_latency_ms`]: 9.904306220095695 }, {}, '0.00990430622'],
    ['is none of a failure', { [`${OR}inter_token_latency_ms`]: 5 }, { status: { code: 2 } }, undefined],
    ['is in seconds from OpenLIT', { 'gen_ai.server.time_per_output_token': 0.02 }, {}, '0.02'],
    ['is in seconds from the AI SDK', { 'gen_ai.client.operation.time_per_output_chunk': 0.02 }, {}, '0.02'],
    ['is one by the rate', { 'ai.response.avgOutputTokensPerSecond': 80 }, {}, '0.0125'],
    ['is none of a rate of 0', { 'ai.response.avgOutputTokensPerSecond': 0 }, {}, undefined],
  ];
  for (const [name, values, over, expected] of cases) {
    it(name, () => assert.equal(seconds(openRouterCall(values, over).timings.perOutputToken), expected));
  }

  it('has an exact reciprocal, unless it is 0', () => {
    assert.equal(seconds(reciprocal(3_000_000_000_000n)), '0.333333333333');
    assert.equal(reciprocal(0n), undefined);
  });
});

it('router overhead is in seconds, of failures too', () => {
  assert.equal(
    seconds(openRouterCall({ [`${OR}router_latency_ms`]: 310 }, { status: { code: 2 } }).timings.routerLatency),
    '0.31',
  );
});
