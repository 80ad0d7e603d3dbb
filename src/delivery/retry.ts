/** One state per destination: while it cannot take anything, a single request at a time tries whether it can again. */
import type { DeliverySettings } from '../component/contract.ts';

export type Sleep = (ms: number, abort: AbortSignal) => Promise<void>;

/** What the gate knew when it let a request pass; older knowledge does not change what newer brought about. */
export type Pass = Readonly<{ closures: number }>;

/** Longest pause that a destination may ask for: a broken clock there must not stop deliveries for days. */
const MAX_ASKED_PAUSE_MS = 600_000;
/** Only a person can mend a refused token or path; this is how often it is tried whether somebody did. */
const BLOCKED_PAUSE_MS = 60_000;

/** `elapsedMs`: of a clock that nobody sets: a pause must not become shorter or longer by that. */
type GateHost = Readonly<{ elapsedMs: () => number; random: () => number; sleep: Sleep }>;

export class Gate {
  readonly #settings: DeliverySettings['retry_on_failure'];
  readonly #host: GateHost;
  #closures = 0;
  #failuresInARow = 0;
  /** Undefined: open. */
  #closedUntilMs: number | undefined;
  #trying = false;
  #changed = Promise.withResolvers<void>();
  #hurry = new AbortController();

  constructor(settings: DeliverySettings['retry_on_failure'], host: GateHost) {
    this.#settings = settings;
    this.#host = host;
  }

  get open(): boolean {
    return this.#closedUntilMs === undefined;
  }

  /** Resolves when a request may be sent; its outcome has to be told. Rejects with the abort reason. */
  async pass(abort: AbortSignal): Promise<Pass> {
    while (this.#closedUntilMs !== undefined) {
      if (this.#trying) await unlessAborted(this.#changed.promise, abort);
      else return this.#tryAfterPause(abort);
    }
    abort.throwIfAborted();
    return { closures: this.#closures };
  }

  /** The destination answered: whatever it thinks of the request, it can be reached. False: others failed since this one left. */
  opened(pass: Pass): boolean {
    if (pass.closures !== this.#closures) return false;
    this.#failuresInARow = 0;
    this.#closedUntilMs = undefined;
    this.#change();
    return true;
  }

  /** Returns the pause in ms. Failures of requests that were under way together lengthen the next pause once. */
  closed(pass: Pass, askedPauseMs = 0): number {
    const asked = Math.min(askedPauseMs, MAX_ASKED_PAUSE_MS);
    if (pass.closures === this.#closures) return this.#close(Math.max(this.#nextPauseMs(), asked));
    const nowMs = this.#host.elapsedMs();
    this.#closedUntilMs = Math.max(this.#closedUntilMs ?? 0, nowMs + asked);
    return this.#closedUntilMs - nowMs;
  }

  /** Nothing will pass until a person acts. Returns the pause in ms. */
  blocked(pass: Pass): number {
    return pass.closures === this.#closures ? this.#close(BLOCKED_PAUSE_MS) : BLOCKED_PAUSE_MS;
  }

  /** Ends a pause. */
  retrySoon(): void {
    if (this.#closedUntilMs === undefined) return;
    this.#closedUntilMs = this.#host.elapsedMs();
    this.#hurry.abort();
    this.#hurry = new AbortController();
  }

  async #tryAfterPause(abort: AbortSignal): Promise<Pass> {
    this.#trying = true;
    try {
      for (let restMs = this.#restMs(); restMs > 0; restMs = this.#restMs()) await this.#pause(restMs, abort);
      abort.throwIfAborted();
      return { closures: this.#closures };
    } catch (error) {
      this.#change();
      throw error;
    }
  }

  async #pause(ms: number, abort: AbortSignal): Promise<void> {
    const hurry = this.#hurry.signal;
    await this.#host.sleep(ms, AbortSignal.any([abort, hurry])).catch((error: unknown) => {
      if (!hurry.aborted) throw error;
    });
  }

  #restMs(): number {
    return (this.#closedUntilMs ?? 0) - this.#host.elapsedMs();
  }

  #close(pauseMs: number): number {
    this.#closures += 1;
    this.#closedUntilMs = this.#host.elapsedMs() + pauseMs;
    this.#change();
    return pauseMs;
  }

  #nextPauseMs(): number {
    const { initial_interval, max_interval, multiplier, randomization_factor } = this.#settings;
    const pauseMs = Math.min(Math.max(initial_interval, 1) * multiplier ** this.#failuresInARow, max_interval);
    this.#failuresInARow += 1;
    const jitter = 1 + randomization_factor * (2 * this.#host.random() - 1);
    return Math.min(pauseMs * jitter, max_interval);
  }

  #change(): void {
    this.#trying = false;
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

/** A pause that ends early, by rejecting with the abort reason. */
export const sleep: Sleep = (ms, abort) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  return unlessAborted(promise, abort).finally(() => clearTimeout(timer));
};

function unlessAborted(promise: Promise<void>, abort: AbortSignal): Promise<void> {
  if (abort.aborted) return Promise.reject(abort.reason);
  const aborted = Promise.withResolvers<void>();
  const onAbort = () => aborted.reject(abort.reason);
  abort.addEventListener('abort', onAbort);
  return Promise.race([promise, aborted.promise]).finally(() => abort.removeEventListener('abort', onAbort));
}
