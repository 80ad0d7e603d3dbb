/** Which spans count as requests to a model, and which repeat, surround or only test them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Span } from '../../src/data/batch.ts';
import { SPAN_CLASSES, type SpanClass } from '../../src/genai/request-span.ts';
import { type Envelope, OPENROUTER, openRouterSpan, read, span, type Values } from '../helpers/model-calls.ts';

function classOf(one: Span, around: Envelope): SpanClass | undefined {
  const { spansByClass } = read([one], around);
  return SPAN_CLASSES.find((spanClass) => spansByClass[spanClass] === 1);
}

const TEST_IDS = { traceId: '00000000000000000000000000000001', spanId: '0000000000000001' };
const BUTTON = 'observability-test-button';
const SEND_TRACE = { name: 'Test Generation' };
const TURBO = { 'gen_ai.request.model': 'openai/gpt-4-turbo' };

describe('OpenRouter marks its spans', () => {
  const cases: readonly [string, Values, Envelope, SpanClass][] = [
    ['by the service', {}, { resource: { 'service.name': 'openrouter' } }, 'child'],
    [
      'by the scope, if a Collector renamed the service',
      {},
      { resource: { 'service.name': 'gateway' }, scope: 'openrouter' },
      'child',
    ],
    ['by any fact of its own, if scope and service are gone', { 'trace.metadata.openrouter.source': 'openrouter' }, {}, 'child'],
    ['but not by what callers can write', { 'span.metadata.openrouter.provider_name': 'OpenAI' }, {}, 'other'],
    ['but not by the optional categories', { 'trace.metadata.openrouter_generation.usage': 1 }, {}, 'other'],
  ];
  for (const [name, values, around, expected] of cases) it(name, () => assert.equal(classOf(span(values), around), expected));
});

describe('a test of the connection', () => {
  const tests: readonly [string, Values, Span][] = [
    ['by its name', {}, { name: 'openrouter-connection-test' }],
    ['by its ids', {}, TEST_IDS],
    ['by a source of the old form', { source: BUTTON }, {}],
    ['by the source in the trace metadata', { 'trace.metadata.source': BUTTON }, {}],
    ['by the source in the span metadata', { 'span.metadata.source': BUTTON }, {}],
    ['by any of the three', { source: 'web', 'span.metadata.source': BUTTON }, {}],
    ['by the trace name', { 'trace.name': 'Test Trace - OpenRouter Observability' }, {}],
    ['by name, model and being a root', TURBO, SEND_TRACE],
    ['by name and model, with an empty parent', TURBO, { ...SEND_TRACE, parentSpanId: '' }],
    ['by name and model, with a parent of zeros', TURBO, { ...SEND_TRACE, parentSpanId: '0000000000000000' }],
    ['by name and response model', { 'gen_ai.request.model': '', 'gen_ai.response.model': 'openai/gpt-4-turbo' }, SEND_TRACE],
  ];
  for (const [name, values, over] of tests) {
    it(`is known ${name}`, () => assert.equal(classOf(openRouterSpan(values, over), OPENROUTER), 'test'));
  }

  const requests: readonly [string, Values, Span, Envelope][] = [
    ['by the trace id alone', {}, { traceId: TEST_IDS.traceId }, OPENROUTER],
    ['by the span name alone, which callers choose', {}, SEND_TRACE, OPENROUTER],
    ['by name and model below a parent', TURBO, { ...SEND_TRACE, parentSpanId: '00f067aa0ba902b7' }, OPENROUTER],
    ['by name and model of somebody else', TURBO, SEND_TRACE, {}],
    ["by a caller's own test flag", { 'span.metadata.test': 'true' }, {}, OPENROUTER],
    ["by a caller's other source", { 'trace.metadata.source': 'web' }, {}, OPENROUTER],
  ];
  for (const [name, values, over, around] of requests) {
    it(`is not known ${name}`, () => assert.equal(classOf(openRouterSpan(values, over), around), 'request'));
  }

  it('takes the attempts below it with it', () => {
    const root = openRouterSpan({ source: BUTTON });
    const over = { traceId: root.traceId!, parentSpanId: root.spanId! };
    const { attempts, spansByClass } = read([span({ 'span.metadata.attempt_index': 0n }, over), root], OPENROUTER);
    assert.deepEqual(attempts, []);
    assert.equal(spansByClass.test, 2);
    assert.equal(spansByClass.attempt, 0);
  });
});

describe('a span of OpenRouter', () => {
  const cases: readonly [string, SpanClass, Values, Span][] = [
    ['with a requested model is a request', 'request', {}, {}],
    [
      'with only the model that answered is a request',
      'request',
      { 'gen_ai.request.model': '', 'gen_ai.response.model': 'm' },
      {},
    ],
    ['without a model is a child', 'child', { 'gen_ai.request.model': '' }, {}],
    ['of type generation is a request', 'request', { 'span.type': 'generation' }, {}],
    ['of type span is a child', 'child', { 'span.type': 'span' }, {}],
    ['with a plain response id is a request', 'request', { 'gen_ai.response.id': 'gen-1-A' }, {}],
    ['with the response id of a part is a child', 'child', { 'gen_ai.response.id': 'gen-1-A:generation' }, {}],
    [
      'is a request under any name, kind and parent',
      'request',
      {},
      { name: 'generation', kind: 2, parentSpanId: '00f067aa0ba902b7' },
    ],
    ['is a request although it failed and has no usage', 'request', {}, { status: { code: 2 } }],
    ['is a request although its caller set attempt_index', 'request', { 'span.metadata.attempt_index': 1n }, {}],
    ['is a request whatever its operation is called', 'request', { 'gen_ai.operation.name': 'invoke_agent' }, {}],
  ];
  for (const [name, expected, values, over] of cases) {
    it(name, () => assert.equal(classOf(openRouterSpan(values, over), OPENROUTER), expected));
  }

  it('that has an attempt index and no model is an attempt', () => {
    assert.equal(classOf(span({ 'span.metadata.attempt_index': 0n }), OPENROUTER), 'attempt');
    assert.equal(classOf(span({ 'span.metadata.attempt_index': 0n }), {}), 'other');
  });
});

const CALLS: readonly [operation: string, key: string, names: readonly string[]][] = [
  [
    'chat',
    'gen_ai.operation.name',
    ['chat', 'CHAT', 'completion', 'acompletion', 'completion_with_retries', 'responses', 'aresponses'],
  ],
  ['text_completion', 'gen_ai.operation.name', ['text_completion', 'atext_completion']],
  ['generate_content', 'gen_ai.operation.name', ['generate_content']],
  ['embeddings', 'gen_ai.operation.name', ['embeddings', 'embedding', 'aembedding']],
  ['chat', 'openinference.span.kind', ['LLM']],
  ['embeddings', 'openinference.span.kind', ['EMBEDDING']],
  ['chat', 'llm.request.type', ['chat']],
  ['text_completion', 'llm.request.type', ['completion']],
  ['embeddings', 'llm.request.type', ['embedding']],
  ['chat', 'ai.operationId', ['ai.generateText.doGenerate', 'ai.streamText.doStream', 'ai.generateObject.doGenerate']],
  ['embeddings', 'ai.operationId', ['ai.embed.doEmbed', 'ai.embedMany.doEmbed']],
  ['chat', 'langfuse.observation.type', ['generation']],
  ['embeddings', 'langfuse.observation.type', ['embedding']],
  ['chat', 'mlflow.spanType', ['LLM', 'CHAT_MODEL', '"CHAT_MODEL"']],
  ['embeddings', 'mlflow.spanType', ['EMBEDDING']],
  ['chat', 'gen_ai.operation.type', ['ai_client']],
];

const NO_CALLS: readonly [key: string, names: readonly string[]][] = [
  [
    'gen_ai.operation.name',
    ['invoke_agent', 'create_agent', 'invoke_workflow', 'execute_tool', 'retrieval', 'plan', 'agent_step'],
  ],
  ['gen_ai.operation.name', ['framework', 'create_memory', 'search_memory', 'update_memory_store', 'handoff']],
  ['openinference.span.kind', ['AGENT', 'CHAIN', 'TOOL', 'RETRIEVER', 'RERANKER', 'GUARDRAIL', 'EVALUATOR', 'PROMPT']],
  ['traceloop.span.kind', ['workflow', 'agent', 'task', 'tool']],
  ['ai.operationId', ['ai.generateText', 'ai.streamText', 'ai.embed', 'ai.toolCall']],
  ['langfuse.observation.type', ['span', 'agent', 'tool', 'chain']],
  ['mlflow.spanType', ['AGENT', 'CHAIN', 'TOOL', 'RETRIEVER']],
];

/** All that a call could carry. */
const RICH: Values = {
  'gen_ai.request.model': 'm',
  'gen_ai.usage.input_tokens': 5n,
  'gen_ai.usage.total_cost': 0.1,
  'gen_ai.response.id': 'r',
};

describe('a span of another emitter', () => {
  for (const [operation, key, names] of CALLS) {
    for (const name of names) {
      it(`is a request of operation ${operation} if ${key} is ${name}`, () => {
        const { requests } = read([span({ 'gen_ai.request.model': 'm', [key]: name })]);
        assert.deepEqual(
          requests.map((call) => call.operation),
          [operation],
        );
      });
    }
  }

  for (const [key, names] of NO_CALLS) {
    for (const name of names) {
      it(`is no request if ${key} is ${name}, whatever it carries`, () => {
        assert.equal(classOf(span({ ...RICH, [key]: name }), {}), 'other');
      });
    }
  }

  const bare: readonly [string, Values][] = [
    ['input tokens', { 'gen_ai.usage.input_tokens': 1n }],
    ['output tokens', { 'gen_ai.usage.completion_tokens': 1n }],
    ['total tokens', { 'llm.token_count.total': 1n }],
    ['a cost', { 'gen_ai.usage.cost': 0.1 }],
    ['a response id', { 'gen_ai.response.id': 'r' }],
    ['a finish reason', { 'gen_ai.response.finish_reasons': ['stop'] }],
  ];
  for (const operation of [undefined, 'something_new']) {
    const named = operation === undefined ? {} : { 'gen_ai.operation.name': operation };
    for (const [sign, values] of bare) {
      it(`is a request with operation ${operation} if it carries ${sign}`, () => {
        const { requests } = read([span({ 'gen_ai.request.model': 'm', ...named, ...values })]);
        assert.deepEqual(
          requests.map((call) => call.operation),
          ['unknown'],
        );
      });
    }
    it(`is no request with operation ${operation} and a model alone`, () => {
      assert.equal(classOf(span({ 'gen_ai.request.model': 'm', ...named }), {}), 'other');
    });
  }

  it('is no request without a model, whatever else it carries', () => {
    assert.equal(classOf(span({ ...RICH, 'gen_ai.request.model': '', 'gen_ai.operation.name': 'chat' }), {}), 'other');
  });

  it('is judged by the first operation that it names', () => {
    assert.equal(classOf(span({ ...RICH, 'gen_ai.operation.name': 'chat', 'openinference.span.kind': 'CHAIN' }), {}), 'request');
    assert.equal(
      classOf(span({ ...RICH, 'gen_ai.operation.name': 'invoke_agent', 'openinference.span.kind': 'LLM' }), {}),
      'other',
    );
  });

  it('with a model and other words that only Claude Code uses this way is none of its requests', () => {
    assert.equal(classOf(span({ model: 'Golf', request_id: 'r', input_tokens: 5n }), {}), 'other');
    assert.equal(classOf(span({ model: 'claude', input_tokens: 5n, 'span.type': 'llm_request' }), {}), 'request');
    assert.equal(classOf(span({ model: 'claude', input_tokens: 5n }, { name: 'claude_code.llm_request' }), {}), 'request');
    assert.equal(classOf(span({ 'span.type': 'tool' }, { name: 'claude_code.tool' }), {}), 'other');
  });
});

describe('one call that several spans report counts once', () => {
  const traps: readonly [string, readonly Span[]][] = [
    [
      'AI SDK up to 6',
      [span({ ...RICH, 'ai.operationId': 'ai.streamText' }), span({ ...RICH, 'ai.operationId': 'ai.streamText.doStream' })],
    ],
    [
      'AI SDK 7',
      ['invoke_agent', 'agent_step', 'chat'].map((operation) => span({ ...RICH, 'gen_ai.operation.name': operation })),
    ],
    ['Strands', [span({ ...RICH, 'gen_ai.operation.name': 'invoke_agent' }), span({ ...RICH, 'gen_ai.operation.name': 'chat' })]],
    ['Spring AI', ['framework', 'framework', 'chat'].map((operation) => span({ ...RICH, 'gen_ai.operation.name': operation }))],
    ['OpenInference', ['AGENT', 'CHAIN', 'LLM'].map((kind) => span({ ...RICH, 'openinference.span.kind': kind }))],
    ['Traceloop', [span({ ...RICH, 'traceloop.span.kind': 'workflow' }), span({ ...RICH, 'llm.request.type': 'chat' })]],
    ['LiteLLM', [span({ ...RICH, 'gen_ai.operation.name': 'completion' }), span(RICH, { name: 'raw_gen_ai_request' })]],
    ['Langfuse', ['agent', 'chain', 'generation'].map((type) => span({ ...RICH, 'langfuse.observation.type': type }))],
    ['MLflow', ['AGENT', 'CHAT_MODEL'].map((type) => span({ ...RICH, 'mlflow.spanType': type }))],
  ];
  for (const [emitter, spans] of traps) it(`from ${emitter}`, () => assert.equal(read(spans).requests.length, 1));
});
