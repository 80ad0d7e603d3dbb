/** Ends a server as soon as the answers that were begun are out; a connection that is merely open does not hold it up. */
import { once } from 'node:events';
import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export class Drain {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #unanswered = 0;
  #closed: Promise<void> | undefined;

  constructor(server: Server) {
    this.#server = server;
    // The raw connections: one without a request, or still in its TLS handshake, is in no list of the HTTP server.
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  /** For every response, when its request arrives. */
  expect(response: ServerResponse): void {
    this.#unanswered += 1;
    response.on('close', this.#answered); // comes once
  }

  /** Cuts what is left at the deadline; of several calls the earliest one counts. */
  async end(deadline: AbortSignal): Promise<void> {
    this.#closed ??= this.#close();
    if (deadline.aborted) this.#cut();
    deadline.addEventListener('abort', this.#cut);
    await this.#closed;
    deadline.removeEventListener('abort', this.#cut);
  }

  async #close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    if (this.#unanswered === 0) this.#cut();
    await closed;
  }

  readonly #answered = () => {
    this.#unanswered -= 1;
    if (this.#unanswered === 0 && !this.#server.listening) this.#cut();
  };

  readonly #cut = () => {
    for (const socket of this.#sockets) socket.destroy();
  };
}
