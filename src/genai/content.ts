/** Knows where emitters put what people and models said to each other: prompts, answers, tool calls and their results. */

/** With everything below: `gen_ai.prompt` is `gen_ai.prompt.0.content` too. */
const CONTENT: readonly string[] = [
  // OpenRouter.
  'gen_ai.prompt',
  'gen_ai.completion',
  'span.input',
  'span.output',
  'trace.input',
  'trace.output',
  // Semantic conventions. An error quotes what it stumbled over.
  'gen_ai.input.messages',
  'gen_ai.output.messages',
  'gen_ai.system_instructions',
  'gen_ai.tool.definitions',
  'gen_ai.tool.call.arguments',
  'gen_ai.tool.call.result',
  'gen_ai.evaluation.explanation',
  'exception.message',
  'exception.stacktrace',
  // Traceloop.
  'traceloop.entity.input',
  'traceloop.entity.output',
  // OpenInference.
  'input.value',
  'output.value',
  'llm.input_messages',
  'llm.output_messages',
  'llm.invocation_parameters',
  'llm.tools',
  // Vercel AI SDK.
  'ai.response.text',
  'ai.response.object',
  'ai.response.reasoning',
  'ai.response.toolCalls',
  'ai.response.providerMetadata',
  'ai.toolCall.args',
  'ai.toolCall.result',
  // Langfuse.
  'langfuse.observation.input',
  'langfuse.observation.output',
  'langfuse.trace.input',
  'langfuse.trace.output',
  // Google ADK.
  'gcp.vertex.agent.llm_request',
  'gcp.vertex.agent.llm_response',
  'gcp.vertex.agent.tool_call_args',
  'gcp.vertex.agent.tool_response',
  // MLflow.
  'mlflow.spanInputs',
  'mlflow.spanOutputs',
  // Pydantic AI.
  'pydantic_ai.all_messages',
];

/** Vercel AI SDK: `ai.prompt`, `ai.prompt.messages`, `ai.promptTools` and what may come. */
const CONTENT_PREFIX = 'ai.prompt';

const MESSAGE_EVENT =
  /^gen_ai\.(?:content\.|(?:system|user|assistant|tool)\.message$|choice$|client\.inference\.operation\.details$)/i;
/** Of an event that is a message: what is no part of it. */
const MESSAGE_FACTS: ReadonlySet<string> = new Set([
  'finish_reason',
  'index',
  'role',
  'gen_ai.system',
  'gen_ai.provider.name',
  'gen_ai.operation.name',
]);

/**
 * One pass over a name, however many there are, in any case. A caller's own keys come twice, under two prefixes of OpenRouter.
 */
const CONTENT_NAME = new RegExp(
  `^(?:(?:span|trace)\\.metadata\\.)?(?:${literal(CONTENT_PREFIX)}|(?:${CONTENT.map(literal).join('|')})(?:\\.|$))`,
  'i',
);

/** Of an attribute, wherever it stands. */
export function isContent(key: string): boolean {
  return CONTENT_NAME.test(key);
}

/** Of an attribute of an event of this name: an event that is a message holds it in names of its own. */
export function isContentOfEvent(event: string, key: string): boolean {
  return isContent(key) || (MESSAGE_EVENT.test(event) && !MESSAGE_FACTS.has(key));
}

function literal(name: string): string {
  return name.replaceAll('.', '\\.');
}
