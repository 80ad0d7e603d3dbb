/** Serves pages for operators and scrapers on a listener of its own, away from the intake and closed to other sites. */
import type { ErrorRequestHandler, Express, RequestHandler } from 'express';
import type { Authenticator, Context, Lifecycle } from './contract.ts';
import { HttpListener, type ListenerTls } from './http-listener.ts';

export type AdminListenerSettings = Readonly<{
  /** Host '' is every address. */
  endpoint: Readonly<{ host: string; port: number }>;
  /** What to change when the port is taken: the path of the setting. */
  option: string;
  tls?: ListenerTls | undefined;
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
const IDLE_TIMEOUT_MS = 65_000;
const MAX_CONNECTIONS = 100;

/** `mount` adds the routes; what they do not answer is not found. */
export function adminListener(settings: AdminListenerSettings, mount: (app: Express) => void): Lifecycle {
  const { endpoint, option, tls, context } = settings;
  let app: Promise<Express> | undefined;
  const listener = new HttpListener(
    {
      endpoint,
      option,
      tls,
      headersTimeoutMs: HEADERS_TIMEOUT_MS,
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
      idleTimeoutMs: IDLE_TIMEOUT_MS,
      maxConnections: MAX_CONNECTIONS,
      context,
    },
    (request, response) => {
      if (!listener.listening) response.shouldKeepAlive = false;
      app ??= adminApp(settings, mount);
      void app.then((answer) => answer(request, response), context.fail);
    },
  );
  return listener;
}

/** Made for the first request: the daemon starts sooner without what it loads. */
async function adminApp(settings: AdminListenerSettings, mount: (app: Express) => void): Promise<Express> {
  const { default: express } = await import('express');
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
  return async (request, response, next) => {
    if (authenticator === undefined || (await authenticator.identify?.(request.headers)) !== undefined) next();
    else
      response
        .status(401)
        .set('www-authenticate', authenticator.challenge ?? 'Bearer')
        .type('text')
        .send('credentials needed\n');
  };
}
