/** A destination for spans that keeps what it gets and answers as it is told. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after } from 'node:test';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { until } from './children.ts';

export type Received = Readonly<{
  path: string;
  headers: IncomingMessage['headers'];
  /** Decompressed. */
  body: Buffer;
  atMs: number;
  /** The status that it was answered; undefined: none. */
  status: number | undefined;
}>;

/** A status is answered at once; `hang`: never; `reset`: the connection breaks. */
export type Reply = Readonly<{ status: number; headers?: Readonly<Record<string, string>>; afterMs?: number }> | 'hang' | 'reset';

/** What to reply to the nth request, counted from 0. */
export type Script = (nth: number, body: Buffer) => Reply;

const ACCEPT: Reply = { status: 200 };
const open = new Set<Server>();

after(() => {
  for (const server of open) {
    server.closeAllConnections();
    server.close();
  }
});

export class Sink {
  readonly received: Received[] = [];
  script: Script;
  readonly #server: Server;

  private constructor(server: Server, script: Script) {
    this.#server = server;
    this.script = script;
  }

  static async open(script: Script = () => ACCEPT): Promise<Sink> {
    const server = createServer();
    const sink = new Sink(server, script);
    server.on('request', (request, response) => void sink.#take(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    open.add(server);
    return sink;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Bodies of the requests that it accepted. */
  get accepted(): readonly Buffer[] {
    return this.received.filter(({ status }) => status === 200).map(({ body }) => body);
  }

  /** Names of the spans that it accepted, in order of arrival. */
  get spanNames(): readonly string[] {
    return this.accepted.flatMap((body) =>
      [...body.toString().matchAll(/"spanId":"[^"]*"(?:,"parentSpanId":"[^"]*")?,"name":"([^"]*)"/g)].map(
        ([, name = '']) => name,
      ),
    );
  }

  /** Waits until it accepted this many requests. */
  async untilAccepted(requests: number, timeoutMs?: number): Promise<void> {
    await until(`${requests} requests accepted, ${this.accepted.length} were`, () => this.accepted.length >= requests, timeoutMs);
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const raw = Buffer.concat(await request.toArray());
    const body = request.headers['content-encoding'] === 'gzip' ? await promisify(gunzip)(raw) : raw;
    const reply = this.script(this.received.length, body);
    const status = typeof reply === 'object' ? reply.status : undefined;
    this.received.push({ path: request.url ?? '', headers: request.headers, body, atMs: performance.now(), status });
    if (reply === 'reset') request.socket.resetAndDestroy();
    if (typeof reply !== 'object') return;
    const { headers = {}, afterMs = 0 } = reply;
    setTimeout(() => response.writeHead(reply.status, { 'content-type': 'application/json', ...headers }).end('{}'), afterMs);
  }
}
