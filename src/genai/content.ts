/** Knows where emitters put what people and models said to each other: prompts, answers, tool calls and their results. */

/** With everything below: `gen_ai.prompt` is `gen_ai.prompt.0.content` too. */
const CONTENT: ReadonlySet<string> = new Set([
  // OpenRouter.
  'gen_ai.prompt',
  'gen_ai.completion',
  'span.input',
  'span.output',
  'trace.input',
  'trace.output',
  // Semantic conventions.
  'gen_ai.input.messages',
  'gen_ai.output.messages',
  'gen_ai.system_instructions',
  'gen_ai.tool.definitions',
  'gen_ai.tool.call.arguments',
  'gen_ai.tool.call.result',
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
]);

/** Vercel AI SDK: `ai.prompt`, `ai.prompt.messages`, `ai.promptTools` and what may come. */
const CONTENT_PREFIX = 'ai.prompt';
/** A caller's own keys, which OpenRouter sends twice. */
const COPY = /^(?:span|trace)\.metadata\./;

const MESSAGE_EVENT =
  /^gen_ai\.(?:content\.|(?:system|user|assistant|tool)\.message$|choice$|client\.inference\.operation\.details$)/;
/** Of an event that is a message: what is no part of it. */
const MESSAGE_FACTS: ReadonlySet<string> = new Set([
  'finish_reason',
  'index',
  'role',
  'gen_ai.system',
  'gen_ai.provider.name',
  'gen_ai.operation.name',
]);

/** Of an attribute, wherever it stands. */
export function isContent(key: string): boolean {
  const name = key.replace(COPY, '');
  if (name.startsWith(CONTENT_PREFIX)) return true;
  for (let end = name.length; end > 0; end = name.lastIndexOf('.', end - 1)) {
    if (CONTENT.has(name.slice(0, end))) return true;
  }
  return false;
}

/** Of an attribute of an event of this name: an event that is a message holds it in names of its own. */
export function isContentOfEvent(event: string, key: string): boolean {
  return isContent(key) || (MESSAGE_EVENT.test(event) && !MESSAGE_FACTS.has(key));
}
