/** Time that passes when a test says so, in order and without waiting. */

type Timer = { dueMs: number; resolve: () => void };

export class VirtualClock {
  #nowMs = Date.UTC(2026, 0, 1);
  readonly #timers = new Set<Timer>();
  #fellAsleep = Promise.withResolvers<void>();

  readonly now = (): number => this.#nowMs;

  readonly sleep = (ms: number, abort: AbortSignal): Promise<void> => {
    if (abort.aborted) return Promise.reject(abort.reason);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = { dueMs: this.#nowMs + ms, resolve };
    this.#timers.add(timer);
    this.#fellAsleep.resolve();
    this.#fellAsleep = Promise.withResolvers();
    abort.addEventListener('abort', () => {
      this.#timers.delete(timer);
      reject(abort.reason);
    });
    return promise;
  };

  /** How long the sleepers have to wait yet, shortest first. */
  get pauses(): readonly number[] {
    return [...this.#timers].map(({ dueMs }) => dueMs - this.#nowMs).sort((a, b) => a - b);
  }

  /** Waits until somebody sleeps, and tells for how long. */
  async untilSleeping(): Promise<number> {
    while (this.#timers.size === 0) await this.#fellAsleep.promise;
    return this.pauses[0] ?? 0;
  }

  /** Wakes in order whoever is due by then, and lets each go on before the next. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const [next] = [...this.#timers].filter(({ dueMs }) => dueMs <= endMs).sort((a, b) => a.dueMs - b.dueMs);
      if (next === undefined) break;
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      this.#timers.delete(next);
      next.resolve();
      await settled();
    }
    this.#nowMs = endMs;
    await settled();
  }
}

/** Everything that can happen without I/O has happened. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}
