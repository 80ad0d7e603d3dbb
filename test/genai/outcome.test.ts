/** How a call ended, from all the ways to say so. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Span } from '../../src/data/batch.ts';
import type { FinishReason, Outcome } from '../../src/genai/outcome.ts';
import {
  attributes,
  callIn,
  foreignCall,
  OPENROUTER,
  openRouterCall,
  openRouterSpan,
  read,
  span,
  type Value,
  type Values,
} from '../helpers/model-calls.ts';

const GONE = 'The client has disconnected';
const EXCEPTION = { name: 'exception', attributes: attributes({ 'exception.type': 'Error', 'exception.message': GONE }) };

describe('the outcome', () => {
  const cases: readonly [string, Outcome, Values, Span][] = [
    ['is ok', 'ok', {}, { status: { code: 1 } }],
    ['is ok without a status', 'ok', {}, { status: {} }],
    ['is ok with an unset status', 'ok', {}, { status: { code: 0 } }],
    ['is ok if a filter cut the answer', 'ok', { 'gen_ai.response.finish_reason': 'content_filter' }, {}],
    ['is ok although a message stands beside', 'ok', { 'span.status_message': GONE }, {}],
    ['is an error', 'error', {}, { status: { code: 2, message: 'Provider returned error' } }],
    ['is an error without a message', 'error', {}, { status: { code: 2 } }],
    ['is an error by a code in text', 'error', {}, { status: { code: '2' } }],
    ['is an error by a code by name', 'error', {}, { status: { code: 'STATUS_CODE_ERROR' } }],
    ['is an error by the finish reason', 'error', { 'gen_ai.response.finish_reason': 'error' }, {}],
    ['is cancelled by the status', 'cancelled', {}, { status: { code: 2, message: GONE } }],
    ['is cancelled by the attribute', 'cancelled', { 'span.status_message': GONE }, { status: { code: 2 } }],
    ['is cancelled by the exception', 'cancelled', {}, { status: { code: 2 }, events: [EXCEPTION] }],
    ['is as the status says before the exception', 'error', {}, { status: { code: 2, message: 'boom' }, events: [EXCEPTION] }],
    [
      'is an error if an exception alone has another message',
      'error',
      { 'span.status_message': 'boom' },
      { status: { code: 2 }, events: [EXCEPTION] },
    ],
  ];
  for (const [name, expected, values, over] of cases) {
    it(name, () => assert.equal(openRouterCall(values, over).outcome, expected));
  }

  it('is an error if Claude Code had no success', () => {
    const claude = span({ model: 'claude', input_tokens: 1n, success: false }, { name: 'claude_code.llm_request' });
    assert.equal(callIn(read([claude])).outcome, 'error');
    assert.equal(foreignCall({ success: false }).outcome, 'ok');
  });
});

describe('the finish reason', () => {
  const folds: readonly [FinishReason, readonly string[]][] = [
    ['stop', ['stop', 'STOP', 'end_turn', 'stop_sequence', 'completed']],
    ['tool_calls', ['tool_calls', 'tool_use', 'tool-calls', 'function_call', 'TOOL_CALLS']],
    ['length', ['length', 'max_tokens', 'MAX_TOKENS']],
    ['content_filter', ['content_filter', 'content-filter', 'SAFETY']],
    ['error', ['error']],
    ['other', ['RECITATION', 'pause_turn', 'x'.repeat(500)]],
  ];
  for (const [expected, reasons] of folds) {
    for (const reason of reasons) {
      it(`${reason.slice(0, 20)} is ${expected}`, () => {
        assert.equal(openRouterCall({ 'gen_ai.response.finish_reason': reason }).finishReason, expected);
      });
    }
  }

  const sources: readonly [string, Value, FinishReason][] = [
    ['gen_ai.response.finish_reasons', '["tool_calls"]', 'tool_calls'],
    ['gen_ai.response.finish_reasons', ['length', 'stop'], 'length'],
    ['gen_ai.response.finish_reasons', 'length', 'length'],
    ['gen_ai.response.finish_reasons', '[oops', 'none'],
    ['gen_ai.response.finish_reasons', '[]', 'none'],
    ['gen_ai.response.finish_reasons', [], 'none'],
    ['gen_ai.response.finish_reason', '', 'none'],
    ['trace.metadata.openrouter.finish_reason', 'MAX_TOKENS', 'length'],
    ['openrouter.finish_reason', 'end_turn', 'stop'],
    ['ai.response.finishReason', 'tool-calls', 'tool_calls'],
    ['llm.response.finish_reason', 'stop', 'stop'],
    ['llm.finish_reason', 'stop', 'stop'],
    ['llm.response.stop_reason', 'max_tokens', 'length'],
    ['gen_ai.choice.finish_reason', 'stop', 'stop'],
  ];
  for (const [key, value, expected] of sources) {
    it(`is ${expected} if ${key} is ${JSON.stringify(value)}`, () => {
      assert.equal(foreignCall({ [key]: value }).finishReason, expected);
    });
  }

  it('is the normalised one before the native one', () => {
    const both = { 'gen_ai.response.finish_reason': 'tool_calls', 'trace.metadata.openrouter.finish_reason': 'completed' };
    assert.equal(openRouterCall(both).finishReason, 'tool_calls');
  });

  it('is read from the event of Strands', () => {
    const events = [{ name: 'gen_ai.choice', attributes: attributes({ finish_reason: 'tool_use' }) }];
    assert.equal(foreignCall({}, { events }).finishReason, 'tool_calls');
  });

  it('is read from stop_reason of Claude Code alone', () => {
    const claude = span({ model: 'claude', input_tokens: 1n, stop_reason: 'end_turn' }, { name: 'claude_code.llm_request' });
    assert.equal(callIn(read([claude])).finishReason, 'stop');
    assert.equal(foreignCall({ stop_reason: 'end_turn' }).finishReason, 'none');
  });
});

describe('the type of an error', () => {
  const failed = { status: { code: 2, message: 'secret of the caller' } };

  function errorType(values: Values, statuses: readonly (readonly [index: bigint, status: Value])[], over: Span = failed) {
    const root = openRouterSpan(values, over);
    const children = statuses.map(([index, status]) =>
      span(
        { 'span.metadata.attempt_index': index, 'span.metadata.status_code': status },
        { traceId: root.traceId!, parentSpanId: root.spanId! },
      ),
    );
    return callIn(read([...children, root], OPENROUTER)).errorType;
  }

  it('is what the emitter says', () => assert.equal(errorType({ 'error.type': 'timeout' }, [[0n, 429n]]), 'timeout'));
  it('is the status of the last attempt that failed', () => {
    assert.equal(
      errorType({}, [
        [1n, 504n],
        [0n, 429n],
        [2n, 200n],
      ]),
      '504',
    );
  });
  it('is the outcome without such an attempt', () => {
    assert.equal(errorType({}, []), 'error');
    assert.equal(errorType({}, [[0n, 'none']]), 'error');
    assert.equal(errorType({}, [[0n, 200n]]), 'error');
    assert.equal(errorType({}, [], { status: { code: 2, message: GONE } }), 'cancelled');
  });
  it('is never the message', () => assert.ok(!errorType({}, [])?.includes('secret')));
  it('is none of a success, whatever was tried before', () => {
    assert.equal(errorType({ 'error.type': 'timeout' }, [[0n, 429n]], {}), undefined);
  });

  it('is not taken from the attempts of another request', () => {
    const mine = openRouterSpan({}, failed);
    const other = span({ 'span.metadata.attempt_index': 0n, 'span.metadata.status_code': 429n }, { parentSpanId: mine.spanId! });
    assert.equal(callIn(read([mine, other], OPENROUTER)).errorType, 'error');
  });
});
