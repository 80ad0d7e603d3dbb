/** A sender that posts at a steady rate on kept connections and notes how long each answer takes. */
import { Pool } from 'undici';
import { JSON_TYPE, modelCall, requestOf } from './target.ts';

export type Served = Readonly<{ requests: number; statuses: ReadonlySet<number>; p99Ms: number; worstMs: number }>;

export class SteadySender {
  readonly #pool: Pool;
  readonly #everyMs: number;
  readonly #latenciesMs: number[] = [];
  readonly #statuses = new Set<number>();
  readonly #open = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  #due: number;

  constructor(url: string, perSecond: number) {
    this.#pool = new Pool(new URL(url).origin, { connections: 8 });
    this.#everyMs = 1000 / perSecond;
    this.#due = performance.now();
    this.#timer = setInterval(() => this.#sendDue(), 5);
  }

  /** Resolves when all that was sent is answered. */
  async stop(): Promise<Served> {
    clearInterval(this.#timer);
    await Promise.all(this.#open);
    await this.#pool.close();
    const sorted = this.#latenciesMs.sort((one, other) => one - other);
    const p99Ms = sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN;
    return { requests: sorted.length, statuses: this.#statuses, p99Ms, worstMs: sorted.at(-1) ?? Number.NaN };
  }

  #sendDue(): void {
    const now = performance.now();
    for (; this.#due <= now; this.#due += this.#everyMs) {
      const sent = this.#send(now).finally(() => this.#open.delete(sent));
      this.#open.add(sent);
    }
  }

  async #send(beganMs: number): Promise<void> {
    const body = requestOf(modelCall({ 'gen_ai.request.model': 'steady', prompt: 'x'.repeat(3000) }));
    const answer = await this.#pool.request({ path: '/v1/traces', method: 'POST', headers: JSON_TYPE, body });
    await answer.body.dump();
    this.#statuses.add(answer.statusCode);
    this.#latenciesMs.push(performance.now() - beganMs);
  }
}
