/** Serves pages for operators and scrapers on a listener of its own, away from the intake and closed to other sites. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import type { Authenticator, Context, Lifecycle } from './contract.ts';

export type AdminListenerSettings = Readonly<{
  /** Host '' is every address. */
  endpoint: Readonly<{ host: string; port: number }>;
  /** What to change when the port is taken: the path of the setting. */
  option: string;
  /** Read at start. */
  tls?: (() => Promise<TlsOptions>) | undefined;
  authenticator?: Authenticator | undefined;
  /**
   * Names by which a client may call this listener, so that no site can make its own name point here; `any` where it is
   * meant to be reached from elsewhere, under names that nobody can list.
   */
  hosts: readonly string[] | 'any';
  context: Context;
}>;

/** The names of this machine to itself: for listeners that nothing else reaches. */
export const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'] as const;

const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 60_000;
/** Longer than the 60 s of usual load balancers, which would otherwise reuse a connection as it closes. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
const TIMEOUT_CHECK_MS = 2_000;
const MAX_CONNECTIONS = 100;
const MAX_HEADERS = 100;

/** `mount` adds the routes; what they do not answer is not found. */
export function adminListener(settings: AdminListenerSettings, mount: (app: Express) => void): Lifecycle {
  const { context } = settings;
  const app = adminApp(settings, mount);
  let drain: ((deadline: AbortSignal) => Promise<void>) | undefined;
  let drained: Promise<void> | undefined;

  return {
    async start() {
      const server = await createAdminServer(app, settings.tls);
      drain = drainer(server);
      await listen(server, settings);
      server.on('error', context.fail);
      context.logger.info('listening', { endpoint: addressText(server, settings) });
    },
    async shutdown(deadline) {
      drained ??= drain?.(deadline);
      await drained;
    },
  };
}

async function createAdminServer(app: RequestListener, tls: AdminListenerSettings['tls']): Promise<Server> {
  const options = {
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    connectionsCheckingInterval: TIMEOUT_CHECK_MS,
  };
  const server = tls ? createTlsServer({ ...options, ...(await tls()) }, app) : createServer(options, app);
  server.maxConnections = MAX_CONNECTIONS;
  server.maxHeadersCount = MAX_HEADERS;
  return server;
}

async function listen(server: Server, { endpoint, option }: AdminListenerSettings): Promise<void> {
  // "localhost" may be ::1 alone to a listener, while scrapers and docs say 127.0.0.1.
  const host = endpoint.host === 'localhost' ? '127.0.0.1' : endpoint.host;
  server.listen({ port: endpoint.port, ...(host !== '' && { host }) });
  try {
    await once(server, 'listening');
  } catch (cause) {
    const taken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
    const what = `cannot listen on ${endpoint.host}:${endpoint.port}`;
    throw taken ? new Error(`${what}: the port is taken; change ${option}`) : new Error(`${what} (${option})`, { cause });
  }
}

function addressText(server: Server, { endpoint, tls }: AdminListenerSettings): string {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : endpoint.port;
  const host = endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host || '0.0.0.0';
  return `${tls ? 'https' : 'http'}://${host}:${port}`;
}

/** Shuts a server down as soon as the answers that were begun are out; connections that are merely kept open do not count. */
function drainer(server: Server): (deadline: AbortSignal) => Promise<void> {
  const sockets = new Set<Socket>();
  let answers = 0;

  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  // The raw connections: one without a request, or still in its TLS handshake, is in no list of the HTTP server.
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.prependListener('request', (_request: IncomingMessage, response: ServerResponse) => {
    answers += 1;
    if (!server.listening) response.shouldKeepAlive = false;
    response.once('close', () => {
      answers -= 1;
      if (answers === 0 && !server.listening) cut();
    });
  });

  return async (deadline) => {
    if (!server.listening) return;
    const ended = once(server, 'close');
    server.close();
    server.closeIdleConnections();
    if (answers === 0 || deadline.aborted) cut();
    deadline.addEventListener('abort', cut);
    await ended;
    deadline.removeEventListener('abort', cut);
  };
}

function adminApp(settings: AdminListenerSettings, mount: (app: Express) => void): Express {
  const app = express();
  for (const feature of ['x-powered-by', 'etag', 'trust proxy', 'query parser']) app.disable(feature);
  app.enable('strict routing');
  app.enable('case sensitive routing');
  app.use(harden, onlyReads, onlyNamed(settings.hosts), onlySameOrigin, authenticated(settings.authenticator));
  mount(app);
  app.use((_request, response) => void response.status(404).type('text').send('not found\n'));
  const unforeseen: ErrorRequestHandler = (error, _request, response, _next) => {
    settings.context.logger.error('cannot answer a request', { error });
    if (response.headersSent) response.destroy();
    else response.status(503).type('text').send('cannot answer\n');
  };
  app.use(unforeseen);
  return app;
}

const harden: RequestHandler = (_request, response, next) => {
  response.set({
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  });
  next();
};

const onlyReads: RequestHandler = (request, response, next) => {
  if (request.method === 'GET' || request.method === 'HEAD') next();
  else response.status(405).set('allow', 'GET, HEAD').type('text').send('only GET and HEAD\n');
};

function onlyNamed(hosts: AdminListenerSettings['hosts']): RequestHandler {
  return (request, response, next) => {
    const name = (request.headers.host ?? '').toLowerCase().replace(/:\d*$/, '');
    if (hosts === 'any' || hosts.includes(name)) next();
    else response.status(403).type('text').send('unknown name in the Host header\n');
  };
}

/** A page of another site may link here, and no more. */
const onlySameOrigin: RequestHandler = ({ headers }, response, next) => {
  const { origin, host, 'sec-fetch-site': site = 'none', 'sec-fetch-dest': target } = headers;
  const own = site === 'none' || site === 'same-origin' || target === 'document';
  const ownOrigin = origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
  if (own && ownOrigin) next();
  else response.status(403).type('text').send('not for other sites\n');
};

function authenticated(authenticator: Authenticator | undefined): RequestHandler {
  return (request, response, next) => {
    if (authenticator === undefined || authenticator.identify?.(request.headers) !== undefined) next();
    else response.status(401).set('www-authenticate', 'Bearer').type('text').send('credentials needed\n');
  };
}
