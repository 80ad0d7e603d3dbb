/** A destination that outlives the daemon: takes, refuses for good, is down or slow as it is told. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Oracle } from './oracle.ts';

export type Mood = 'up' | 'slow' | 'down';

const SLOW_MS = 15;

export class Tempo {
  mood: Mood = 'up';
  /** The first thing that should never have arrived. */
  fault: Error | undefined;
  readonly #oracle: Oracle;
  readonly #server: Server;

  private constructor(oracle: Oracle) {
    this.#oracle = oracle;
    this.#server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part)).on('error', () => undefined); // the sender was killed
      request.on('end', () => {
        const answer = () =>
          response.writeHead(this.#statusFor(Buffer.concat(parts)), { 'content-type': 'application/json' }).end('{}');
        if (this.mood === 'slow') setTimeout(answer, SLOW_MS);
        else answer();
      });
    });
  }

  static async open(oracle: Oracle): Promise<Tempo> {
    const tempo = new Tempo(oracle);
    tempo.#server.listen(0, '127.0.0.1');
    await once(tempo.#server, 'listening');
    return tempo;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
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
