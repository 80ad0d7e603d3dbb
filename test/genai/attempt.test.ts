/** Attempts are counted from the spans below a request and from nowhere else. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Span } from '../../src/data/batch.ts';
import { decimalText } from '../../src/data/exact.ts';
import { OPENROUTER, openRouterSpan, read, span, type Values } from '../helpers/model-calls.ts';

const ATTEMPT: Values = {
  'span.type': 'span',
  'span.metadata.attempt_index': 0n,
  'span.metadata.status_code': 200n,
  'span.metadata.model_permaslug': 'openai/gpt-5.1-20260901',
  'trace.metadata.openrouter.provider_name': 'OpenAI',
};

function below(parent: Span, values: Values = {}): Span {
  return span({ ...ATTEMPT, ...values }, { traceId: parent.traceId!, parentSpanId: parent.spanId! });
}

describe('an attempt', () => {
  it('has the model of its request, its own provider, status and duration', () => {
    const root = openRouterSpan();
    const [attempt] = read(
      [below(root, { 'trace.metadata.openrouter.provider_name': 'DeepInfra', 'span.metadata.status_code': 429n }), root],
      OPENROUTER,
    ).attempts;
    assert.deepEqual([attempt?.model, attempt?.provider, attempt?.status], ['openai/gpt-5.1', 'DeepInfra', 429]);
    assert.equal(decimalText(attempt?.duration ?? 0n), '10');
  });

  it('has its own model if the record does not hold the request', () => {
    const [attempt] = read([below(openRouterSpan())], OPENROUTER).attempts;
    assert.equal(attempt?.model, 'openai/gpt-5.1-20260901');
  });

  it('has the model of the request of its own trace, if span ids repeat', () => {
    const [one, two] = [
      openRouterSpan({}, { spanId: 'a'.repeat(16) }),
      openRouterSpan({ 'gen_ai.request.model': 'm2' }, { spanId: 'a'.repeat(16) }),
    ];
    const { attempts } = read([one, two, below(two), below(one)], OPENROUTER);
    assert.deepEqual(
      attempts.map(({ model }) => model),
      ['m2', 'openai/gpt-5.1'],
    );
  });

  for (const [status, expected] of [
    [200n, 200],
    ['504', 504],
    [429, 429],
    [0n, undefined],
    [99n, undefined],
    [600n, undefined],
    ['failed', undefined],
  ] as const) {
    it(`with status ${status} has status ${expected}`, () => {
      const [attempt] = read([below(openRouterSpan(), { 'span.metadata.status_code': status })], OPENROUTER).attempts;
      assert.equal(attempt?.status, expected);
    });
  }

  it('is not made of the list of responses', () => {
    const listed = { 'trace.metadata.provider_responses': JSON.stringify([{ provider_name: 'OpenAI', status: 200 }]) };
    assert.deepEqual(read([openRouterSpan(listed)], OPENROUTER).attempts, []);
  });

  it('is not made of the generation child', () => {
    const root = openRouterSpan();
    const child = span(
      { 'span.type': 'span', 'gen_ai.response.id': 'gen-1:generation' },
      { traceId: root.traceId!, parentSpanId: root.spanId! },
    );
    const { attempts, spansByClass } = read([root, child], OPENROUTER);
    assert.deepEqual([attempts.length, spansByClass.child], [0, 1]);
  });
});
