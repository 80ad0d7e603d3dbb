/** Knows the state of every component, from its start to its stop, and whether the daemon takes requests. */
import type { ComponentHealth, ComponentState, Health } from '../component/contract.ts';
import type { Journal } from '../journal/contract.ts';
import type { DeliveryPart } from './parts.ts';
import type { Plan } from './plan.ts';

export type Watched = Readonly<{ deliveries: readonly DeliveryPart[]; journal: Pick<Journal, 'ready' | 'obstacle'> }>;

type Own = Readonly<{ state: ComponentState; sinceMs: number; lastError?: string }>;

export class GraphStatus {
  readonly #now: () => number;
  readonly #startedMs: number;
  #pipelines: ReadonlyMap<string, readonly string[]>;
  /** In starting order. */
  readonly #ownById = new Map<string, Own>();
  #deliveries: readonly DeliveryPart[] = [];
  #journal: Pick<Journal, 'ready' | 'obstacle'> | undefined;
  #phase: 'starting' | 'running' | 'stopped' = 'starting';

  constructor(plan: Plan, now: () => number) {
    this.#now = now;
    this.#startedMs = now();
    this.#pipelines = pipelinesOf(plan);
  }

  /** From now on the state of an exporter is that of its delivery, and that of the journal its own, as long as they run. */
  watch({ deliveries, journal }: Watched): void {
    this.#deliveries = deliveries;
    this.#journal = journal;
  }

  /** What is there after a reload, in starting order: a component that stays keeps its state, the others have started. */
  adopt(plan: Plan, parts: readonly Readonly<{ id: string; stays: boolean }>[], deliveries: readonly DeliveryPart[]): void {
    const before = new Map(this.#ownById);
    this.#ownById.clear();
    for (const { id, stays } of parts) {
      const own = stays ? before.get(id) : undefined;
      this.#ownById.set(id, own ?? { state: 'ok', sinceMs: this.#now() });
    }
    this.#pipelines = pipelinesOf(plan);
    this.#deliveries = deliveries;
  }

  enter(phase: 'running' | 'stopped'): void {
    this.#phase = phase;
  }

  /** What has failed stays failed. */
  note(id: string, state: ComponentState, error?: unknown): void {
    if (this.#ownById.get(id)?.state === 'failed') return;
    const lastError = error instanceof Error ? { lastError: error.message } : {};
    this.#ownById.set(id, { state, sinceMs: this.#now(), ...lastError });
  }

  read(): Health {
    const components = Array.from(this.#ownById, ([id, own]) => this.#component(id, own));
    const states = new Set(components.map(({ state }) => state));
    const failed = states.has('failed');
    const worst = (['blocked', 'retrying'] as const).find((state) => states.has(state)) ?? 'ok';
    return {
      state: failed ? 'failed' : this.#phase === 'running' ? worst : this.#phase,
      ready: this.#phase === 'running' && !failed && this.#journal?.ready !== false,
      startedMs: this.#startedMs,
      components,
      pipelines: this.#pipelines,
    };
  }

  #component(id: string, own: Own): ComponentHealth {
    const obstacle = id === 'journal' && own.state === 'ok' ? this.#journal?.obstacle : undefined;
    if (obstacle !== undefined) return { id, state: 'retrying', sinceMs: obstacle.sinceMs, lastError: obstacle.error.message };
    const delivery = this.#deliveries.find((part) => part.id === id)?.lifecycle;
    if (delivery === undefined || own.state !== 'ok') return { id, ...own };
    const { records, oldestMs } = delivery.backlog;
    const ageSeconds = oldestMs === undefined ? 0 : Math.max(0, Math.round((this.#now() - oldestMs) / 1000));
    return { id, ...delivery.status, ...(records > 0 && { backlog: { records, ageSeconds } }) };
  }
}

/** Components that start and stop; what is pure has no state of its own. */
function pipelinesOf({ traces, metrics }: Plan): ReadonlyMap<string, readonly string[]> {
  const exporterIds = (exporters: readonly Readonly<{ id: string }>[]) => exporters.map(({ id }) => `exporter/${id}`);
  return new Map([
    ...traces.map(({ id, receivers, exporters }) => {
      const ids = [...receivers.map((receiver) => `receiver/${receiver.id}`), ...exporterIds(exporters)];
      return [id, ids] as const;
    }),
    ...metrics.map(({ id, exporters }) => [id, exporterIds(exporters)] as const),
  ]);
}
