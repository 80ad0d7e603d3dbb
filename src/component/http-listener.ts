/** Opens a port for HTTP, with certificates that may be renewed, and closes it without losing an answer that was begun. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type TlsOptions, Server as TlsServer } from 'node:tls';
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

/** An open port with its connections; of a listener, and after a reload perhaps of the next one. */
type Door = { readonly server: Server; readonly drain: Drain; readonly kind: DoorKind; owner: HttpListener };

/** What cannot be changed about an open port. */
type DoorKind = Readonly<{ host: string; port: number; scheme: 'http' | 'https'; asksForCertificate: boolean }>;

/** Timeouts fire only when they are checked. */
const TIMEOUT_CHECK_MS = 2_000;
const MAX_HEADER_BYTES = 16_384;
const MAX_HEADERS = 100;
/** For files, and for connections of our own. */
const OTHER_OPEN_FILES = 200;
/** For answers that were begun, when a port has to be closed to be opened in another way. */
const CLOSING_MS = 5_000;

export class HttpListener implements Lifecycle {
  readonly #settings: HttpListenerSettings;
  readonly #serve: Serve;
  #door: Door | undefined;
  #certificates: WatchedFiles | undefined;
  /** What they held last. */
  #secure: TlsOptions | undefined;

  constructor(settings: HttpListenerSettings, serve: Serve) {
    this.#settings = settings;
    this.#serve = serve;
  }

  /** False from the beginning of the shutdown on. */
  get listening(): boolean {
    return this.#door?.server.listening ?? false;
  }

  async start(before?: Lifecycle): Promise<void> {
    const { endpoint, context } = this.#settings;
    const maxConnections = await this.#maxConnections();
    await this.#loadCertificates();
    const kind = kindOf(this.#settings, this.#secure);
    const other = before instanceof HttpListener ? before : undefined;
    const door = (other === undefined ? undefined : other.#give(kind)) ?? (await this.#open(kind, other));
    Object.assign(door.server, this.#timeouts(), { maxConnections });
    if (this.#secure !== undefined && door.server instanceof TlsServer) door.server.setSecureContext(this.#secure);
    door.owner = this;
    this.#door = door;
    context.logger.info('listening', { endpoint: addressOf(door.server, endpoint.host, kind.scheme) });
  }

  async shutdown(deadline: AbortSignal): Promise<void> {
    await this.#certificates?.shutdown();
    if (this.#door?.owner === this) await this.#door.drain.end(deadline);
  }

  /** Its open port, if that is of this kind. */
  #give(kind: DoorKind): Door | undefined {
    const door = this.#door;
    if (door?.owner !== this || !this.listening || JSON.stringify(door.kind) !== JSON.stringify(kind)) return undefined;
    return door;
  }

  #timeouts() {
    const { headersTimeoutMs, requestTimeoutMs, idleTimeoutMs } = this.#settings;
    return {
      // Node refuses one that is longer than that of the whole request.
      headersTimeout: requestTimeoutMs > 0 ? Math.min(headersTimeoutMs, requestTimeoutMs) : headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: idleTimeoutMs,
    };
  }

  #createServer(secure: TlsOptions | undefined): Server {
    const { headersTimeoutMs } = this.#settings;
    const checked = { connectionsCheckingInterval: TIMEOUT_CHECK_MS, maxHeaderSize: MAX_HEADER_BYTES };
    const options: ServerOptions = { ...this.#timeouts(), ...checked };
    if (secure === undefined) return createServer(options);
    // A handshake that does not end is headers that do not come.
    const handshake = headersTimeoutMs > 0 && { handshakeTimeout: headersTimeoutMs };
    return createTlsServer({ ...options, ...handshake, ...secure });
  }

  /** If `other` is in the way it is closed, and opened again should this fail. */
  async #open(kind: DoorKind, other: HttpListener | undefined): Promise<Door> {
    try {
      return await this.#tryToOpen(kind);
    } catch (error) {
      if (!isTaken(error) || other === undefined || !other.listening) throw await this.#failed(error);
    }
    await other.shutdown(AbortSignal.timeout(CLOSING_MS));
    try {
      return await this.#tryToOpen(kind);
    } catch (error) {
      await other.start();
      throw await this.#failed(error);
    }
  }

  async #tryToOpen(kind: DoorKind): Promise<Door> {
    const { host, port } = kind;
    const server = this.#createServer(this.#secure);
    server.maxHeadersCount = MAX_HEADERS;
    const door: Door = { server, drain: new Drain(server), kind, owner: this };
    const serve = (request: IncomingMessage, response: ServerResponse, proceed: () => void) => {
      door.drain.expect(response);
      door.owner.#serve(request, response, proceed);
    };
    const goOn = () => undefined;
    server.on('request', (request, response) => serve(request, response, goOn));
    server.on('checkContinue', (request, response) => serve(request, response, () => response.writeContinue()));
    // "localhost" may be ::1 alone to a listener, while senders and docs say 127.0.0.1.
    server.listen({ port, ...(host !== '' && { host: host === 'localhost' ? '127.0.0.1' : host }) });
    await once(server, 'listening');
    server.on('error', (error) => door.owner.#settings.context.fail(error));
    return door;
  }

  /** Read before the port is opened, and watched from then on. */
  async #loadCertificates(): Promise<void> {
    const { tls, context } = this.#settings;
    if (tls === undefined) return;
    await this.#certificates?.shutdown();
    const load = async () => {
      this.#secure = await tls.read();
      const door = this.#door;
      if (door?.owner === this && door.server instanceof TlsServer) door.server.setSecureContext(this.#secure);
    };
    this.#certificates = new WatchedFiles({ paths: tls.followed, load, logger: context.logger, everyMs: tls.everyMs });
    await this.#certificates.start();
  }

  async #failed(cause: unknown): Promise<Error> {
    await this.#certificates?.shutdown();
    const { endpoint, option, remedy } = this.#settings;
    const what = `cannot listen on ${endpoint.host}:${endpoint.port} (${option})`;
    if (!isTaken(cause)) return new Error(what, { cause });
    return new Error(`${what}: the port is taken; ${remedy?.(endpoint.port) ?? 'choose another one'}`);
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

function kindOf({ endpoint: { host, port } }: HttpListenerSettings, secure: TlsOptions | undefined): DoorKind {
  return { host, port, scheme: secure === undefined ? 'http' : 'https', asksForCertificate: secure?.requestCert === true };
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}

function addressOf(server: Server, host: string, scheme: string): string {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return `${scheme}://${host.includes(':') ? `[${host}]` : host || '0.0.0.0'}:${port}`;
}
