/** A destination that outlives the daemon: takes, refuses for good, is slow, down, silent or gone as it is told. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Oracle } from './oracle.ts';

/** `silent`: takes requests and never answers. */
export type Mood = 'up' | 'slow' | 'down' | 'silent';

const SLOW_MS = 15;

export class Tempo {
  mood: Mood = 'up';
  /** When each request came, in ms of a clock that nobody sets. */
  readonly cameMs: number[] = [];
  /** The first thing that should never have arrived. */
  fault: Error | undefined;
  readonly #oracle: Oracle;
  readonly #server: Server;
  #port = 0;

  private constructor(oracle: Oracle) {
    this.#oracle = oracle;
    this.#server = createServer((request, response) => {
      const parts: Buffer[] = [];
      this.cameMs.push(performance.now());
      request.on('data', (part: Buffer) => parts.push(part)).on('error', () => undefined); // the sender was killed
      request.on('end', () => {
        const answer = () =>
          response.writeHead(this.#statusFor(Buffer.concat(parts)), { 'content-type': 'application/json' }).end('{}');
        if (this.mood === 'silent') return;
        if (this.mood === 'slow') setTimeout(answer, SLOW_MS);
        else answer();
      });
    });
  }

  static async open(oracle: Oracle): Promise<Tempo> {
    const tempo = new Tempo(oracle);
    await tempo.comeBack();
    tempo.#port = (tempo.#server.address() as AddressInfo).port;
    return tempo;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Nobody listens at its port any more. */
  async leave(): Promise<void> {
    this.close();
    await once(this.#server, 'close');
  }

  async comeBack(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #statusFor(body: Buffer): number {
    if (this.mood === 'down') return 503;
    try {
      return this.#oracle.arrived(body.toString()) ? 200 : 400;
    } catch (error) {
      this.fault ??= error instanceof Error ? error : new Error(String(error));
      return 200;
    }
  }
}
