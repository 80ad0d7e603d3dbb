/** Opens a port for HTTP, with certificates that may be renewed, and closes it without losing an answer that was begun. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { TlsOptions } from 'node:tls';
import type { Context, Lifecycle } from './contract.ts';
import { Drain } from './drain.ts';
import { openFilesLimit } from './open-files.ts';
import { WatchedFiles } from './watched-files.ts';

export type HttpListenerSettings = Readonly<{
  /** Host '' is every address. */
  endpoint: Readonly<{ host: string; port: number }>;
  /** What to change when it cannot be opened: the path of the setting. */
  option: string;
  /** What to do when the port is taken. */
  remedy?: ((port: number) => string) | undefined;
  tls?: ListenerTls | undefined;
  headersTimeoutMs: number;
  /** Of a whole request. */
  requestTimeoutMs: number;
  /** Of a connection between two requests. */
  idleTimeoutMs: number;
  maxConnections: number;
  context: Context;
}>;

export type ListenerTls = Readonly<{
  /** Reads the files. */
  read: () => Promise<TlsOptions>;
  /** To be read again when their content changes. */
  followed: readonly string[];
  everyMs?: number | undefined;
}>;

/** `proceed` lets a sender go on that asked whether its body is wanted. */
export type Serve = (request: IncomingMessage, response: ServerResponse, proceed: () => void) => void;

/** Timeouts fire only when they are checked. */
const TIMEOUT_CHECK_MS = 2_000;
const MAX_HEADER_BYTES = 16_384;
const MAX_HEADERS = 100;
/** For files, and for connections of our own. */
const OTHER_OPEN_FILES = 200;

export class HttpListener implements Lifecycle {
  readonly #settings: HttpListenerSettings;
  readonly #serve: Serve;
  #server: Server | undefined;
  #drain: Drain | undefined;
  #certificates: WatchedFiles | undefined;

  constructor(settings: HttpListenerSettings, serve: Serve) {
    this.#settings = settings;
    this.#serve = serve;
  }

  /** False from the beginning of the shutdown on. */
  get listening(): boolean {
    return this.#server?.listening ?? false;
  }

  async start(): Promise<void> {
    const { context, endpoint, tls } = this.#settings;
    const server = tls === undefined ? createServer(this.#options()) : await this.#createTls(tls);
    server.maxHeadersCount = MAX_HEADERS;
    server.maxConnections = await this.#maxConnections();
    this.#server = server;
    this.#drain = new Drain(server);
    this.#accept(server, this.#drain);
    await this.#open(server);
    server.on('error', context.fail);
    context.logger.info('listening', { endpoint: addressOf(server, endpoint.host, tls ? 'https' : 'http') });
  }

  async shutdown(deadline: AbortSignal): Promise<void> {
    await this.#certificates?.shutdown();
    await this.#drain?.end(deadline);
  }

  #options(): ServerOptions {
    const { headersTimeoutMs, requestTimeoutMs, idleTimeoutMs } = this.#settings;
    return {
      // Node refuses one that is longer than that of the whole request.
      headersTimeout: requestTimeoutMs > 0 ? Math.min(headersTimeoutMs, requestTimeoutMs) : headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: idleTimeoutMs,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
    };
  }

  async #createTls({ read, followed, everyMs }: ListenerTls): Promise<TlsServer> {
    const { context, headersTimeoutMs } = this.#settings;
    let server: TlsServer | undefined;
    let certificates: TlsOptions = {};
    const load = async () => {
      certificates = await read();
      server?.setSecureContext(certificates);
    };
    this.#certificates = new WatchedFiles({ paths: followed, load, logger: context.logger, everyMs });
    await this.#certificates.start();
    // A handshake that does not end is headers that do not come.
    const handshake = headersTimeoutMs > 0 && { handshakeTimeout: headersTimeoutMs };
    server = createTlsServer({ ...this.#options(), ...handshake, ...certificates });
    return server;
  }

  #accept(server: Server, drain: Drain): void {
    const serve = (request: IncomingMessage, response: ServerResponse, proceed: () => void) => {
      drain.expect(response);
      this.#serve(request, response, proceed);
    };
    const goOn = () => undefined;
    server.on('request', (request, response) => serve(request, response, goOn));
    server.on('checkContinue', (request, response) => serve(request, response, () => response.writeContinue()));
  }

  async #open(server: Server): Promise<void> {
    const { endpoint, option, remedy } = this.#settings;
    const { host, port } = endpoint;
    // "localhost" may be ::1 alone to a listener, while senders and docs say 127.0.0.1.
    server.listen({ port, ...(host !== '' && { host: host === 'localhost' ? '127.0.0.1' : host }) });
    try {
      await once(server, 'listening');
    } catch (cause) {
      await this.#certificates?.shutdown();
      const what = `cannot listen on ${host}:${port} (${option})`;
      const taken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
      throw taken
        ? new Error(`${what}: the port is taken; ${remedy?.(port) ?? 'choose another one'}`)
        : new Error(what, { cause });
    }
  }

  /** More than the system allows would take the files away that the rest of the daemon needs. */
  async #maxConnections(): Promise<number> {
    const { maxConnections, context } = this.#settings;
    const allowed = Math.max(1, (await openFilesLimit()) - OTHER_OPEN_FILES);
    if (allowed >= maxConnections) return maxConnections;
    context.logger.warn('fewer connections are taken than usual: the limit of open files is low', { connections: allowed });
    return allowed;
  }
}

function addressOf(server: Server, host: string, scheme: string): string {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return `${scheme}://${host.includes(':') ? `[${host}]` : host || '0.0.0.0'}:${port}`;
}
