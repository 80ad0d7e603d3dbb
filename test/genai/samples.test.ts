/** What each sample of a delivery says, figure by figure. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decimalText } from '../../src/data/exact.ts';
import { AttributePlan } from '../../src/genai/attribute-plan.ts';
import { callsOf } from '../../src/genai/calls.ts';
import type { ModelCall } from '../../src/genai/model-call.ts';
import { decodeTracesJson } from '../../src/otlp/json.ts';
import { deepFreeze } from '../helpers/deep-freeze.ts';
import { SAMPLES, sample } from '../helpers/samples.ts';

type Row = readonly [name: string, who: string, tokens: string, cost: string, end: string, times: string];

/**
 * who: model, serving provider, author, key, operation; tokens: input, output, total, cached, written, reasoning, uncached, text;
 * end: outcome, finish reason, streamed, fallback; times: first token, provider's, per token, router, duration. "-": not stated.
 */
const ROWS: readonly Row[] = [
  [
    'S01',
    'openai/gpt-5.1-mini OpenAI openai prod-web chat',
    '120 80 200 0 - 0 120 80',
    '0.00019',
    'ok stop false false',
    '- - - 0.043 1.243',
  ],
  [
    'S02',
    'anthropic/claude-haiku-4.5 Amazon_Bedrock anthropic prod-web chat',
    '2000 401 2401 0 0 145 2000 256',
    '0.004005',
    'ok tool_calls true false',
    '1 0.95 0.005 0.05 3.004',
  ],
  [
    'S03',
    'anthropic/claude-haiku-4.5 Anthropic anthropic prod-web chat',
    '50000 364 50364 48000 20 80 1980 284',
    '0.008625',
    'ok stop true false',
    '1.2 1.16 0.010716253444 0.04 5.1',
  ],
  [
    'S04',
    'meta-llama/llama-4-70b Together meta-llama prod-web chat',
    '900 210 1110 0 - 0 900 210',
    '0.000306',
    'ok stop true true',
    '0.82 0.51 0.00990430622 0.31 2.9',
  ],
  ['S05', 'openai/gpt-5.1 OpenAI openai prod-web chat', '- - - - - - - -', '-', 'error none unknown unknown', '- - - - 0.9'],
  [
    'S06',
    'openai/gpt-5.1-mini Azure openai prod-web chat',
    '- - - - - - - -',
    '-',
    'cancelled none unknown unknown',
    '- - - - 20',
  ],
  [
    'S07',
    'google/gemini-3-flash Google google prod-web chat',
    '50 0 50 0 - 0 50 0',
    '0.000015',
    'ok content_filter false false',
    '- - - 0.035 0.8',
  ],
  [
    'S08a',
    'openai/gpt-5.1-mini OpenAI openai prod-web chat',
    '300 40 340 0 - 0 300 40',
    '0.000155',
    'ok stop true false',
    '0.6 0.57 0.022820512821 0.03 1.5',
  ],
  [
    'S08b',
    'anthropic/claude-haiku-4.5 Anthropic anthropic prod-web chat',
    '700 90 790 0 0 0 700 90',
    '0.00115',
    'ok stop true false',
    '0.7 0.67 0.012247191011 0.03 1.8',
  ],
  [
    'S09a',
    'openai/gpt-5.1-mini OpenAI openai prod-web chat',
    '10 5 15 0 - 0 10 5',
    '0.0000125',
    'ok stop false false',
    '- - - 0.03 0.7',
  ],
  [
    'S09b',
    'openai/gpt-5.1-mini OpenAI openai prod-web chat',
    '10 5 15 0 - 0 10 5',
    '0.0000125',
    'ok stop false false',
    '- - - 0.03 0.7',
  ],
  [
    'S11',
    'openai/gpt-5.1-mini OpenAI openai prod-web chat',
    '640 120 760 512 - 64 128 56',
    '0.0004',
    'ok stop true false',
    '0.9 0.872 0.01 0.028 2.1',
  ],
  [
    'S12',
    'openai/gpt-5.1 OpenAI openai prod-web chat',
    '1000 200 1200 0 - 0 1000 200',
    '0',
    'ok stop true false',
    '0.7 0.672 0.005979899497 0.028 1.9',
  ],
  ['S13', 'openai/gpt-5.1-mini OpenAI openai prod-web chat', '0 0 0 0 - 0 0 0', '0', 'ok stop unknown unknown', '- - - - 0.012'],
  ['S14', 'openai/gpt-4 - openai - unknown', '100 50 150 - - - 100 50', '-', 'ok none unknown unknown', '- - - - 1'],
];

const SPANS: Readonly<Record<string, number>> = {
  S01: 2,
  S02: 3,
  S03: 3,
  S04: 4,
  S08a: 3,
  S08b: 3,
  S10b: 0,
  S11: 3,
  S12: 3,
  S07: 2,
  S09a: 2,
  S09b: 2,
};

function text(value: bigint | string | undefined): string {
  return (typeof value === 'bigint' ? decimalText(value) : (value ?? '-')).replaceAll(' ', '_');
}

function rowOf(name: string, { tokens, cost, timings, ...call }: ModelCall): Row {
  const { input, output, total, cacheRead, cacheWrite, reasoning, uncached } = tokens;
  const join = (...values: readonly (bigint | string | undefined)[]) => values.map(text).join(' ');
  return [
    name,
    join(call.model, call.provider, call.author, call.apiKey, call.operation),
    join(input, output, total, cacheRead, cacheWrite, reasoning, uncached, tokens.text),
    text(cost.total),
    join(call.outcome, call.finishReason, timings.streamed, call.fallback),
    join(timings.firstToken, timings.providerFirstToken, timings.perOutputToken, timings.routerLatency, timings.duration),
  ];
}

function callsIn(name: string) {
  return callsOf(deepFreeze(decodeTracesJson(sample(name)).batch), new AttributePlan());
}

describe('a delivery of OpenRouter', () => {
  for (const row of ROWS) {
    it(`is one request with exactly its figures: ${row[0]}`, () => {
      const { requests, invalid } = callsIn(row[0]);
      assert.deepEqual(
        requests.map((call) => rowOf(row[0], call)),
        [row],
      );
      assert.deepEqual(invalid, []);
    });
  }

  for (const name of ['S10a', 'S10b', 'S10c', 'S10d']) {
    it(`counts nothing if it is a test: ${name}`, () => {
      const { requests, attempts, spansByClass } = callsIn(name);
      assert.deepEqual([requests, attempts], [[], []]);
      assert.equal(spansByClass.test, name === 'S10b' ? 0 : 1);
    });
  }

  it('has every span in one class', () => {
    for (const { name } of SAMPLES) {
      const classes = callsIn(name).spansByClass;
      assert.equal(
        Object.values(classes).reduce((sum, spans) => sum + spans, 0),
        SPANS[name] ?? 1,
        name,
      );
      assert.equal(classes.other, 0);
    }
  });

  it('on an own key costs what the provider took, beside a charge of 0', () => {
    const [call] = callsIn('S12').requests;
    assert.equal(call?.cost.byok, true);
    assert.equal(text(call?.cost.upstream), '0.00325');
    assert.equal(text(call?.cost.total), '0');
  });

  it('has cache savings that touch no cost', () => {
    const [call] = callsIn('S09b').requests;
    assert.deepEqual([text(call?.cost.cacheSavings), text(call?.cost.total)], ['0.0001', '0.0000125']);
  });

  it('names the attempts of a fallback in order, with the model of their request', () => {
    const attempts = callsIn('S04').attempts.map(({ model, provider, status }) => [model, provider, status]);
    assert.deepEqual(attempts, [
      ['meta-llama/llama-4-70b', 'DeepInfra', 429],
      ['meta-llama/llama-4-70b', 'Together', 200],
    ]);
  });
});
