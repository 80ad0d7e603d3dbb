/** A TCP proxy on loopback that delays, cuts, stalls or swallows what passes through it. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { after } from 'node:test';

export type Fault =
  | Readonly<{ kind: 'none' }>
  | Readonly<{ kind: 'delay'; ms: number }>
  /** Resets both sides once this much came from the client. */
  | Readonly<{ kind: 'cut'; afterBytes: number }>
  /** Takes the connection and forwards nothing. */
  | Readonly<{ kind: 'stall' }>
  /** Forwards requests; answers vanish, and nobody closes. */
  | Readonly<{ kind: 'half_open' }>;

const opened = new Set<FaultyProxy>();
after(() => Promise.all([...opened].map((proxy) => proxy.close())));

export class FaultyProxy {
  /** For connections made from now on. */
  fault: Fault = { kind: 'none' };
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(targetPort: number): Promise<FaultyProxy> {
    const server = createServer();
    const proxy = new FaultyProxy(server);
    server.on('connection', (client) => proxy.#join(client, targetPort));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    opened.add(proxy);
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Resets every connection there is; new ones are taken. */
  cutAll(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    opened.delete(this);
    if (!this.#server.listening) return;
    this.#server.close();
    this.cutAll();
    await once(this.#server, 'close');
  }

  #join(client: Socket, targetPort: number): void {
    this.connections += 1;
    const target = connect(targetPort, '127.0.0.1');
    for (const socket of [client, target]) {
      this.#sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => this.#sockets.delete(socket));
    }
    client.on('close', () => target.destroy());
    target.on('close', () => client.destroy());
    const { fault } = this;
    let fromClient = 0;
    client.on('data', (chunk) => {
      fromClient += chunk.length;
      if (fault.kind === 'cut' && fromClient >= fault.afterBytes) {
        client.resetAndDestroy();
        target.resetAndDestroy();
      } else if (fault.kind === 'delay') {
        setTimeout(() => target.write(chunk), fault.ms);
      } else if (fault.kind !== 'stall') {
        target.write(chunk);
      }
    });
    target.on('data', (chunk) => {
      if (fault.kind !== 'stall' && fault.kind !== 'half_open') client.write(chunk);
    });
  }
}
