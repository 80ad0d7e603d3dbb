/** Kept connections that always have a request under way, and one more for the same request at the same moment. */
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'undici';
import { type BodyKind, bodyOf, numberOf } from './bodies.ts';
import type { Choose } from './model-disk.ts';
import type { Oracle } from './oracle.ts';

const CONNECTIONS = 16;
/** One request of so many is sent twice. */
const TWIN_EVERY = 20;
/** One of so many is refused by the destination for good. */
const REFUSED_EVERY = 60;
const HEADERS = { 'content-type': 'application/json' };

/** Numbers of requests over all lives: those that were not answered come first. */
export class Requests {
  readonly #oracle: Oracle;
  readonly #choose: Choose;
  readonly #again: number[] = [];
  #serial = 0;

  constructor(oracle: Oracle, choose: Choose) {
    this.#oracle = oracle;
    this.#choose = choose;
  }

  get waiting(): number {
    return this.#again.length;
  }

  next(): number {
    return this.#again.shift() ?? this.#issue(this.#choose(REFUSED_EVERY) === 0 ? 'refused' : 'small');
  }

  nextLarge(): number {
    return this.#again.shift() ?? this.#issue('large');
  }

  large(): number {
    return this.#issue('large');
  }

  fresh(): number {
    return this.#issue('small');
  }

  /** No answer came, or one that asks for another try. */
  unanswered(number: number): void {
    if (this.#oracle.acked.numbers.has(number)) return;
    this.#oracle.tally.inDoubt += 1;
    this.#again.push(number);
  }

  #issue(kind: BodyKind): number {
    this.#serial += 1;
    const number = numberOf(this.#serial, kind);
    this.#oracle.issued.add(number);
    return number;
  }
}

/** `status`: undefined when there was no answer. In ms of the wall clock. */
export type Answered = Readonly<{
  number: number;
  status: number | undefined;
  retryAfter: string | undefined;
  atMs: number;
  tookMs: number;
}>;

export type LoadOptions = Readonly<{ connections?: number; kind?: 'any' | 'large'; seen?: (answered: Answered) => void }>;

/** The load on one life of a daemon. */
export class Load {
  readonly #origin: string;
  readonly #oracle: Oracle;
  readonly #requests: Requests;
  readonly #choose: Choose;
  readonly #options: LoadOptions;
  readonly #clients = new Set<Client>();
  #going = true;
  #senders: readonly Promise<void>[] = [];

  constructor(origin: string, oracle: Oracle, requests: Requests, choose: Choose, options: LoadOptions = {}) {
    this.#origin = origin;
    this.#options = options;
    this.#oracle = oracle;
    this.#requests = requests;
    this.#choose = choose;
  }

  start(): void {
    const twin = this.#client();
    this.#senders = Array.from({ length: this.#options.connections ?? CONNECTIONS }, () => this.#sendAll(this.#client(), twin));
  }

  /** One that the disk takes long for; what is answered is seen by the oracle. */
  sendLarge(): void {
    void this.#send(this.#client(), this.#requests.large(), true);
  }

  async sendFresh(): Promise<void> {
    const answered = await this.#send(this.#client(), this.#requests.fresh(), true);
    if (!answered) throw new Error('a fresh request was not answered 200');
  }

  /** Until no request is left that was not answered. */
  async finish(): Promise<void> {
    const client = this.#client();
    while (this.#requests.waiting > 0) {
      if (!(await this.#send(client, this.#requests.next(), true))) await pause(20);
    }
  }

  /** Whatever is under way has no answer any more. */
  async stop(): Promise<void> {
    this.#going = false;
    await Promise.all([...this.#clients].map((client) => client.destroy()));
    await Promise.all(this.#senders);
  }

  #client(): Client {
    const client = new Client(this.#origin, { pipelining: 1 });
    this.#clients.add(client);
    return client;
  }

  async #sendAll(client: Client, twin: Client): Promise<void> {
    while (this.#going) {
      const number = this.#options.kind === 'large' ? this.#requests.nextLarge() : this.#requests.next();
      const first = this.#send(client, number, true);
      if (this.#choose(TWIN_EVERY) === 0) void this.#send(twin, number, false);
      if (!(await first) && this.#going) await pause(20);
    }
  }

  async #send(client: Client, number: number, repeats: boolean): Promise<boolean> {
    const beganMs = performance.now();
    const { status, retryAfter } = await this.#post(client, number);
    this.#options.seen?.({ number, status, retryAfter, atMs: Date.now(), tookMs: performance.now() - beganMs });
    if (status === 200) this.#oracle.ack(number);
    else if (status !== undefined && status !== 503) throw new Error(`request ${number} was answered ${status}`);
    else if (repeats) this.#requests.unanswered(number);
    return status === 200;
  }

  async #post(client: Client, number: number): Promise<Pick<Answered, 'status' | 'retryAfter'>> {
    try {
      const options = { path: '/v1/traces', method: 'POST', headers: HEADERS, body: bodyOf(number) } as const;
      const { statusCode: status, headers, body } = await client.request(options);
      await body.dump();
      return { status, retryAfter: headers['retry-after']?.toString() };
    } catch {
      return { status: undefined, retryAfter: undefined };
    }
  }
}
