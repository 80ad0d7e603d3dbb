/** Finds where a daemon of a plan can be reached from this computer, and what it wants to see of a visitor. */
import type { Authenticator, ExtensionContext, Logger } from '../component/contract.ts';
import type { Listening } from '../component/define.ts';
import type { Door } from '../demo/visitor.ts';
import type { Plan } from '../graph/plan.ts';
import type { Planned } from '../graph/plan-components.ts';
import { Counters } from '../telemetry/counters.ts';

type Doorkeeper = Readonly<{ logger: Logger; now: () => number }>;

/** Undefined: no receiver listens. Rejects if its credentials cannot be had. */
export async function tracesDoor(plan: Plan, host: Doorkeeper): Promise<Door | undefined> {
  const found = firstListening(plan.traces.flatMap(({ receivers }) => receivers));
  if (found === undefined) return undefined;
  const path = fieldBeside(found, 'traces_url_path');
  return doorOf(plan, found, typeof path === 'string' ? path : '/v1/traces', host);
}

/** Of the page that shows what the first connector counted. */
export async function metricsDoor(plan: Plan, host: Doorkeeper): Promise<Door | undefined> {
  const found = firstListening(plan.metrics.flatMap(({ exporters }) => exporters));
  return found && doorOf(plan, found, '/metrics', host);
}

/** Of the page that says whether requests are taken. */
export async function healthDoor(plan: Plan, host: Doorkeeper): Promise<Door | undefined> {
  const found = firstListening(plan.extensions.filter(({ definition }) => definition.type === 'health_check'));
  return found && doorOf(plan, found, '/readyz', host);
}

/** As others call it: an address that means every one, or whatever "localhost" is, is this computer's own. */
function addressOf({ host, port }: Pick<Listening, 'host' | 'port'>): string {
  if (['', '0.0.0.0', 'localhost'].includes(host)) return `127.0.0.1:${port}`;
  if (host === '::') return `[::1]:${port}`;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

type Found = Readonly<{ planned: Planned; listening: Listening }>;

function firstListening(components: readonly Planned[]): Found | undefined {
  for (const planned of components) {
    const [listening] = planned.definition.listens?.(planned.config) ?? [];
    if (listening !== undefined) return { planned, listening };
  }
  return undefined;
}

async function doorOf(plan: Plan, found: Found, path: string, host: Doorkeeper): Promise<Door> {
  return { url: urlOf(found, path), headers: await credentialsFor(plan, found.planned, host), own: true };
}

function urlOf(found: Found, path: string): string {
  const scheme = fieldBeside(found, 'tls') === undefined ? 'http' : 'https';
  return `${scheme}://${addressOf(found.listening)}${path}`;
}

/** Of the section in which the address stands. */
function fieldBeside({ planned, listening }: Found, name: string): unknown {
  const section = listening.path
    .split('.')
    .slice(0, -1)
    .reduce<unknown>((value, key) => fieldOf(value, key), planned.config);
  return fieldOf(section, name);
}

function fieldOf(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).find(([name]) => name === key)?.[1];
}

async function credentialsFor(plan: Plan, planned: Planned, { logger, now }: Doorkeeper): Promise<Door['headers']> {
  const id = planned.definition.authenticator?.(planned.config)?.id;
  const extension = plan.extensions.find((candidate) => candidate.id === id);
  if (extension === undefined) return {};
  const health = { state: 'stopped', ready: false, startedMs: 0, components: [], pipelines: new Map() } as const;
  const context: ExtensionContext = {
    id: `extension/${extension.id}`,
    logger,
    now,
    fail: (error) => logger.error('cannot prove who we are', { error }),
    diagnostics: new Counters(),
    health: () => health,
  };
  const authenticator: Authenticator = extension.definition.create(extension.config, context);
  await authenticator.start?.();
  const credentials = authenticator.credentials?.();
  if (credentials === undefined) throw new Error(`cannot enter "${planned.id}": "${id}" only checks credentials and has none`);
  return credentials;
}
