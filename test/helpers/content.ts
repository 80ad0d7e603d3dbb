/** Spans that hold a canary wherever emitters put what people and models say to each other. */
import type { AnyValue, Span, SpanEvent } from '../../src/data/batch.ts';
import { attributesOf } from './processing.ts';

/** In a form that survives JSON, base64 and lists. */
export const CANARY = 'CANARY';

/** As emitters write them, one by one. */
export const CONTENT_KEYS = [
  'gen_ai.prompt',
  'gen_ai.completion',
  'span.input',
  'span.output',
  'trace.input',
  'trace.output',
  'gen_ai.input.messages',
  'gen_ai.output.messages',
  'gen_ai.system_instructions',
  'gen_ai.tool.definitions',
  'gen_ai.tool.call.arguments',
  'gen_ai.tool.call.result',
  'gen_ai.prompt.0.role',
  'gen_ai.prompt.0.content',
  'gen_ai.prompt.12.tool_calls.0.arguments',
  'gen_ai.completion.0.content',
  'gen_ai.completion.0.finish_reason',
  'traceloop.entity.input',
  'traceloop.entity.output',
  'input.value',
  'output.value',
  'llm.input_messages.0.message.content',
  'llm.input_messages.3.message.contents.0.message_content.text',
  'llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments',
  'llm.input_messages',
  'llm.invocation_parameters',
  'llm.tools',
  'llm.tools.0.tool.json_schema',
  'ai.prompt',
  'ai.prompt.messages',
  'ai.prompt.format',
  'ai.prompt.tools',
  'ai.prompt.toolChoice',
  'ai.response.text',
  'ai.response.object',
  'ai.response.reasoning',
  'ai.response.toolCalls',
  'ai.response.providerMetadata',
  'ai.toolCall.args',
  'ai.toolCall.result',
  'langfuse.observation.input',
  'langfuse.observation.output',
  'langfuse.trace.input',
  'langfuse.trace.output',
  'gcp.vertex.agent.llm_request',
  'gcp.vertex.agent.llm_response',
  'gcp.vertex.agent.tool_call_args',
  'gcp.vertex.agent.tool_response',
  'mlflow.spanInputs',
  'mlflow.spanOutputs',
  'pydantic_ai.all_messages',
  'span.metadata.gen_ai.prompt',
  'trace.metadata.input.value',
  'span.metadata.span.input',
] as const;

/** Of their attributes all but a few are content, whatever their names. */
export const MESSAGE_EVENTS = [
  'gen_ai.content.prompt',
  'gen_ai.content.completion',
  'gen_ai.system.message',
  'gen_ai.user.message',
  'gen_ai.assistant.message',
  'gen_ai.tool.message',
  'gen_ai.choice',
  'gen_ai.client.inference.operation.details',
] as const;

/** As text, JSON text, list, map, and bytes. */
export function canaryValues(): readonly AnyValue[] {
  return [
    { stringValue: `${CANARY} `.repeat(100) },
    { stringValue: JSON.stringify({ openrouter: { usage: { cost: 0.25, note: CANARY }, reasoning: CANARY } }) },
    { arrayValue: { values: Array.from({ length: 100 }, () => ({ stringValue: CANARY })) } },
    { kvlistValue: { values: [{ key: CANARY, value: { stringValue: CANARY.repeat(100) } }] } },
    { bytesValue: `${CANARY}==` },
  ];
}

/** One with every attribute and every event that may hold content, and facts between them. */
export function canarySpan(value: AnyValue): Span {
  const contents = Object.fromEntries(CONTENT_KEYS.map((key) => [key, value]));
  const facts = {
    'gen_ai.request.model': 'openai/gpt-5.1',
    'gen_ai.usage.total_cost': { doubleValue: 0.5 },
    'trace.metadata.team': 'core',
  };
  return {
    traceId: '5b8efff798038103d269b633813fc60c',
    spanId: 'eee19b7ec3c1b174',
    name: 'chat',
    kind: 3,
    startTimeUnixNano: '1760000000000000000',
    endTimeUnixNano: '1760000001000000000',
    attributes: attributesOf({ ...facts, ...contents, 'gen_ai.operation.name': 'chat' }),
    events: [...MESSAGE_EVENTS.map((name) => messageEvent(name, value)), { name: 'other', attributes: attributesOf(contents) }],
    links: [{ attributes: attributesOf({ 'gen_ai.prompt': value }) }],
  };
}

function messageEvent(name: string, value: AnyValue): SpanEvent {
  return {
    name,
    attributes: attributesOf({
      finish_reason: 'stop',
      index: { intValue: 0 },
      content: value,
      message: value,
      'gen_ai.prompt': value,
      id: value,
    }),
  };
}
