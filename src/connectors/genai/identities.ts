/** Attributes that name one person, session or request: as labels they never end. */
import { ALIASES, type Aliases } from '../../genai/aliases.ts';

const ACCOUNT_FACTS = ['entity_id', 'creator_user_id', 'user_id'];
const RESPONSE_IDS: Aliases = ALIASES.responseId;

export const IDENTITIES: ReadonlySet<string> = new Set([
  // Users.
  'user.id',
  'enduser.id',
  'langfuse.user.id',
  'gen_ai.user',
  'llm.user',
  'ai.telemetry.metadata.userId',
  'trace.metadata.openrouter_generation.external_user',
  'span.metadata.openrouter_generation.external_user',
  // Sessions.
  'session.id',
  'gen_ai.conversation.id',
  'langfuse.session.id',
  'ai.telemetry.metadata.sessionId',
  'gcp.vertex.agent.session_id',
  'traceloop.association.properties.session_id',
  // Accounts and machines.
  ...ACCOUNT_FACTS.flatMap((name) => [`trace.metadata.openrouter.${name}`, `openrouter.${name}`]),
  'trace.metadata.device_id',
  'span.metadata.device_id',
  // Requests, traces, spans.
  ...RESPONSE_IDS.map((alias) => (typeof alias === 'string' ? alias : alias.key)),
  'openrouter.trace.id',
  'trace_id',
  'span_id',
  'parent_span_id',
  'trace.id',
  'span.id',
]);
