/** The state of the daemon in the words of the Collector's newer health check. */
import type { ComponentHealth, ComponentState, Health } from '../../component/contract.ts';
import type { HealthSettings } from './index.ts';

const STATUS = {
  starting: 'StatusStarting',
  ok: 'StatusOK',
  retrying: 'StatusRecoverableError',
  blocked: 'StatusPermanentError',
  failed: 'StatusFatalError',
  stopped: 'StatusStopped',
} as const satisfies Record<ComponentState, string>;

/** Of several, the first of these that one has is that of all. */
const WORST_FIRST = ['failed', 'stopped', 'starting', 'blocked', 'retrying', 'ok'] as const;

type Question = Readonly<{ pipeline: string | undefined; verbose: boolean }>;
type Rules = HealthSettings['component_health'];

type Judge = (component: ComponentHealth) => boolean;

/** Undefined: there is no such pipeline. */
export function collectorStatus(
  health: Health,
  rules: Rules,
  { pipeline, verbose }: Question,
  nowMs: number,
): Readonly<{ httpStatus: number; body: object }> | undefined {
  const judge: Judge = (component) => isHealthy(component, rules, nowMs);
  const ids = pipeline === undefined ? health.components.map(({ id }) => id) : health.pipelines.get(pipeline);
  if (ids === undefined) return undefined;
  const asked = membersOf(health, ids);
  const components = pipeline === undefined ? groupsOf(health, judge) : entriesOf(asked, judge);
  return {
    httpStatus: httpStatusOf(worstOf(asked), asked.every(judge)),
    body: {
      start_time: new Date(health.startedMs).toISOString(),
      ...stateOf(asked, judge),
      ...(verbose && { components }),
    },
  };
}

function membersOf({ components }: Health, ids: readonly string[]): readonly ComponentHealth[] {
  return components.filter(({ id }) => ids.includes(id));
}

function groupsOf(health: Health, judge: Judge): object {
  const extensions = health.components.map(({ id }) => id).filter((id) => id.startsWith('extension/'));
  const groups = [
    ...Array.from(health.pipelines, ([id, ids]) => [`pipeline:${id}`, ids] as const),
    ['extensions', extensions] as const,
  ];
  return Object.fromEntries(
    groups.map(([name, ids]) => {
      const members = membersOf(health, ids);
      return [name, { ...stateOf(members, judge), components: entriesOf(members, judge) }];
    }),
  );
}

/** "receiver/otlp" is "receiver:otlp" there. */
function entriesOf(components: readonly ComponentHealth[], judge: Judge): object {
  return Object.fromEntries(
    components.map((component) => {
      const { id, lastError } = component;
      return [id.replace('/', ':'), { ...stateOf([component], judge), ...(lastError !== undefined && { error: lastError }) }];
    }),
  );
}

function stateOf(components: readonly ComponentHealth[], judge: Judge) {
  const worst = worstOf(components);
  const sinceMs = Math.max(0, ...components.filter(({ state }) => state === worst).map((component) => component.sinceMs));
  return { healthy: components.every(judge), status: STATUS[worst], status_time: new Date(sinceMs).toISOString() };
}

function worstOf(components: readonly ComponentHealth[]): ComponentState {
  return WORST_FIRST.find((state) => components.some((component) => component.state === state)) ?? 'ok';
}

function isHealthy({ state, sinceMs }: ComponentHealth, rules: Rules, nowMs: number): boolean {
  if (state === 'retrying') return !rules.include_recoverable_errors || nowMs - sinceMs < rules.recovery_duration;
  if (state === 'blocked') return !rules.include_permanent_errors;
  return state === 'ok';
}

function httpStatusOf(worst: ComponentState, healthy: boolean): number {
  if (worst === 'starting' || worst === 'stopped') return 503;
  return healthy ? 200 : 500;
}
