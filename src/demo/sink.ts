/** Stands for Tempo in a demo: takes what is forwarded and counts it. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { spanCount } from '../data/spans.ts';
import { decodeTraces } from '../otlp/codec.ts';

export class Sink {
  readonly #server = createServer((request, response) => void this.#take(request, response));
  #spans = 0;

  /** Received so far. */
  get spans(): number {
    return this.#spans;
  }

  /** Resolves with its base URL. */
  async open(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    if (typeof address !== 'object' || address === null) throw new Error('cannot tell the port of the sink');
    return `http://127.0.0.1:${address.port}`;
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const bytes = Buffer.concat(await request.toArray());
      const encoding = request.headers['content-type'] === 'application/json' ? 'json' : 'protobuf';
      this.#spans += spanCount(decodeTraces({ encoding, bytes }).batch);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    } catch {
      // Whoever broke off needs no answer; what cannot be read is answered so.
      response.writeHead(400).end();
    }
  }
}
