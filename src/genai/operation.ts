/** Tells calls of a model from the agents, tools and chains around them, by what emitters name the operation. */
import type { Alias } from './aliases.ts';
import type { SpanReader } from './span-reader.ts';

export type Operation = 'chat' | 'text_completion' | 'generate_content' | 'embeddings' | 'unknown';

/** `unknown`: absent, or a name that no emitter we know of uses. */
type OperationVerdict = Operation | 'no_call';

const VERDICTS = new Map<string, OperationVerdict>([
  ...named('chat', 'chat', 'completion', 'acompletion', 'completion_with_retries', 'responses', 'aresponses'),
  ...named('chat', 'llm', 'chat_model', 'generation', 'ai_client'),
  ...named('text_completion', 'text_completion', 'atext_completion'),
  ...named('generate_content', 'generate_content'),
  ...named('embeddings', 'embeddings', 'embedding', 'aembedding'),
  ...named('no_call', 'invoke_agent', 'create_agent', 'invoke_workflow', 'execute_tool', 'retrieval', 'plan', 'agent_step'),
  ...named('no_call', 'framework', 'handoff', 'agent', 'chain', 'tool', 'retriever', 'reranker', 'guardrail', 'evaluator'),
  ...named('no_call', 'prompt', 'workflow', 'task', 'span'),
]);
const MEMORY = /_memory(?:_store)?$/;

export function operationOf(reader: SpanReader): OperationVerdict {
  return (
    reader.first('operation', ({ stringValue }, alias) => (stringValue ? verdictOn(stringValue, alias) : undefined)) ?? 'unknown'
  );
}

function verdictOn(raw: string, alias: Alias): OperationVerdict {
  const name = raw.toLowerCase();
  if (name === 'completion' && alias === 'llm.request.type') return 'text_completion'; // chat everywhere else
  if (name.startsWith('ai.')) return vercelVerdict(name);
  if (MEMORY.test(name)) return 'no_call';
  return VERDICTS.get(name) ?? 'unknown';
}

/** The outer `ai.generateText` repeats what its `ai.generateText.doGenerate` reports. */
function vercelVerdict(name: string): OperationVerdict {
  if (name.endsWith('.dogenerate') || name.endsWith('.dostream')) return 'chat';
  return name.endsWith('.doembed') ? 'embeddings' : 'no_call';
}

function named(verdict: OperationVerdict, ...names: string[]): [string, OperationVerdict][] {
  return names.map((name) => [name, verdict]);
}
