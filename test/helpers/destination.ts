/** A destination that misbehaves on demand: answers as told, byte by byte where needed, and keeps what it was sent. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { after } from 'node:test';
import type { TlsOptions } from 'node:tls';
import { promisify } from 'node:util';
import { gunzip, inflate, zstdDecompress } from 'node:zlib';

export type Arrived = Readonly<{
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  /** As it was on the wire. */
  raw: Buffer;
  /** Decompressed. */
  body: Buffer;
  atMs: number;
}>;

export type Reply =
  | Readonly<{ status: number; headers?: Readonly<Record<string, string | readonly string[]>>; body?: string | Buffer }>
  /** Takes the socket over: whatever it writes is the answer. */
  | ((socket: Socket) => void);

/** What to reply to the nth request, counted from 0. */
export type Script = (request: Arrived, nth: number) => Reply | Promise<Reply>;

export const ACCEPT: Reply = { status: 200, headers: { 'content-type': 'application/json' }, body: '{}' };
/** Never answers. */
export const HANG: Reply = () => undefined;
export const RESET: Reply = (socket) => socket.resetAndDestroy();
export const CLOSE: Reply = (socket) => socket.end();

const DECODERS = new Map<string, (bytes: Buffer) => Promise<Buffer>>([
  ['gzip', promisify(gunzip)],
  ['deflate', promisify(inflate)],
  ['zlib', promisify(inflate)],
  ['zstd', promisify(zstdDecompress)],
]);

const opened = new Set<Destination>();
after(() => Promise.all([...opened].map((destination) => destination.close())));

export class Destination {
  /** Every request, also those that were answered with an error. */
  readonly arrived: Arrived[] = [];
  /** Bodies of the requests that were answered 2xx. */
  readonly accepted: Buffer[] = [];
  /** Made so far. */
  connections = 0;
  /** Of those, open now. */
  open = 0;
  script: Script;
  readonly port: number;
  readonly #server: Server;
  readonly #scheme: 'http' | 'https';
  #arrival = Promise.withResolvers<void>();

  private constructor(server: Server, scheme: 'http' | 'https', script: Script) {
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
    this.#scheme = scheme;
    this.script = script;
  }

  static async open(
    script: Script = () => ACCEPT,
    options: Readonly<{ tls?: TlsOptions; port?: number }> = {},
  ): Promise<Destination> {
    const server = options.tls === undefined ? createServer() : createTlsServer(options.tls);
    server.listen(options.port ?? 0, '127.0.0.1');
    await once(server, 'listening');
    const destination = new Destination(server, options.tls === undefined ? 'http' : 'https', script);
    server.on('connection', (socket: Socket) => {
      destination.connections += 1;
      destination.open += 1;
      socket.on('close', () => {
        destination.open -= 1;
      });
      socket.on('error', () => undefined); // the other side may break off at any time
    });
    server.on('request', (request, response) => void destination.#serve(request, response));
    opened.add(destination);
    return destination;
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.port}`;
  }

  /** Ids of the spans that were answered 2xx, in order of arrival. */
  get spanIds(): readonly string[] {
    return this.accepted.flatMap(spanIdsIn);
  }

  /** Waits until this many requests have come. */
  async untilArrived(count: number): Promise<void> {
    while (this.arrived.length < count) await this.#arrival.promise;
  }

  async close(): Promise<void> {
    opened.delete(this);
    if (!this.#server.listening) return;
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const raw = Buffer.concat(await request.toArray().catch(() => []));
    if (!request.complete) return;
    const body = (await DECODERS.get(request.headers['content-encoding'] ?? '')?.(raw)) ?? raw;
    const { method = '', url: path = '', headers } = request;
    const arrived = { method, path, headers, raw, body, atMs: performance.now() };
    const reply = this.script(arrived, this.arrived.length);
    this.arrived.push(arrived);
    this.#arrival.resolve();
    this.#arrival = Promise.withResolvers();
    this.#answer(await reply, arrived, response);
  }

  #answer(reply: Reply, { body }: Arrived, response: ServerResponse): void {
    if (typeof reply === 'function') {
      if (response.socket !== null) reply(response.socket);
      return;
    }
    if (reply.status >= 200 && reply.status < 300) this.accepted.push(body);
    for (const [name, value] of Object.entries(reply.headers ?? {})) response.setHeader(name, value as string | string[]);
    response.writeHead(reply.status).end(reply.body);
  }
}

export function spanIdsIn(body: Uint8Array): readonly string[] {
  return [
    ...Buffer.from(body)
      .toString()
      .matchAll(/"spanId":"([^"]*)"/g),
  ].map(([, id = '']) => id);
}
