/** Talks to a daemon over HTTP, the way a patient sender does: again when it is asked to wait. */
import { setTimeout as pause } from 'node:timers/promises';
import { Agent, request } from 'undici';

/** Where a daemon is reached, and the headers of somebody who may come in. */
export type Door = Readonly<{
  url: string;
  headers: Readonly<Record<string, string>>;
  /** On this computer, from a config that we have read: it may present a certificate that is for another name. */
  own: boolean;
}>;

type Answer = Readonly<{ status: number; body: Uint8Array }>;

/** Nobody answers. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
}

const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const MAX_TRIES = 10;
const USUAL_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

export class Visitor {
  readonly #door: Door;
  readonly #dispatcher: Agent;

  constructor(door: Door) {
    this.#door = door;
    this.#dispatcher = new Agent({ connect: { rejectUnauthorized: !door.own } });
  }

  /** Rejects unless there is a page. */
  async read(): Promise<string> {
    const { status, body } = await this.#ask({ method: 'GET' });
    if (status !== 200) throw new Error(`cannot read ${this.#door.url}: it answered ${status}`);
    return Buffer.from(body).toString();
  }

  /** Resolves with the last answer; rejects with an UnreachableError when nobody answers. */
  post(body: Uint8Array, mediaType = 'application/json'): Promise<Answer> {
    return this.#ask({ method: 'POST', body, headers: { 'content-type': mediaType } });
  }

  async close(): Promise<void> {
    await this.#dispatcher.destroy();
  }

  async #ask(options: Asking): Promise<Answer> {
    const { url, headers } = this.#door;
    const asked = { ...options, dispatcher: this.#dispatcher, headers: { ...headers, ...options.headers } };
    for (let tries = 1; ; tries += 1) {
      const response = await request(url, asked).catch((error: unknown) => {
        throw new UnreachableError(`cannot reach ${url}: ${error instanceof Error ? error.message : error}`);
      });
      const answer = { status: response.statusCode, body: await response.body.bytes() };
      if (!RETRYABLE.has(answer.status) || tries === MAX_TRIES) return answer;
      await pause(pauseMs(response.headers['retry-after']));
    }
  }
}

type Asking = Readonly<{ method: 'GET' | 'POST'; body?: Uint8Array; headers?: Readonly<Record<string, string>> }>;

function pauseMs(retryAfter: string | string[] | undefined): number {
  const seconds = Number(retryAfter);
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds * 1000, LONGEST_PAUSE_MS) : USUAL_PAUSE_MS;
}
