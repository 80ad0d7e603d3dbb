/** Owns the socket of the receiver: opens it, carries requests to the intake and answers back, closes it without losing either. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Receiver, ReceiverContext } from '../../component/contract.ts';
import { IntakeError } from '../../component/errors.ts';
import { serverTlsOptions } from '../../config/tls-fields.ts';
import { type Answer, failure } from '../../otlp/answer.ts';
import { encodingOfMediaType } from '../../otlp/media-type.ts';
import { Drain } from './drain.ts';
import { endAfterRest } from './end-after-rest.ts';
import type { Intake } from './intake.ts';
import type { HttpSettings } from './settings.ts';

/** Timeouts fire only when they are checked. */
const TIMEOUT_CHECK_MS = 2_000;
const MAX_HEADER_BYTES = 16_384;
const MAX_HEADERS = 100;
const MAX_CONNECTIONS = 10_000;
const OTLP_PORT = 4318;

const STOPPING = new IntakeError('unavailable', 'cannot take the request: the daemon is stopping; try again');

export function listen(settings: HttpSettings, intake: Intake, context: ReceiverContext): Receiver {
  let drain: Drain | undefined;
  return {
    async start() {
      const server = await createListener(settings);
      drain = new Drain(server);
      answerWith(server, intake, drain, settings.keep_alives_enabled);
      await open(server, settings, context);
      server.on('error', context.fail);
      context.logger.info('listening', { endpoint: addressOf(server, settings) });
    },
    async shutdown(deadline) {
      await drain?.end(deadline);
    },
  };
}

async function createListener(settings: HttpSettings): Promise<Server> {
  const { read_header_timeout, read_timeout, idle_timeout, tls } = settings;
  const options = {
    // Node refuses one that is longer than that of the whole request.
    headersTimeout: read_timeout > 0 ? Math.min(read_header_timeout, read_timeout) : read_header_timeout,
    requestTimeout: read_timeout,
    keepAliveTimeout: idle_timeout,
    connectionsCheckingInterval: TIMEOUT_CHECK_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
  };
  const server = tls ? createTlsServer({ ...options, ...(await serverTlsOptions(tls)) }) : createServer(options);
  server.maxHeadersCount = MAX_HEADERS;
  server.maxConnections = MAX_CONNECTIONS;
  return server;
}

function answerWith(server: Server, intake: Intake, drain: Drain, keepAlive: boolean): void {
  const serve = async (request: IncomingMessage, response: ServerResponse, proceed: () => void) => {
    drain.expect(response);
    const { status, headers, body } = server.listening ? await intake.answer(request, proceed) : stopping(request);
    if (!keepAlive || !server.listening || !request.complete) response.shouldKeepAlive = false;
    response.writeHead(status, headers);
    if (request.complete) response.end(body);
    else endAfterRest(request, response, body);
  };
  const goOn = () => undefined;
  server.on('request', (request, response) => void serve(request, response, goOn));
  // Told to go on only once its headers are judged: a sender without credentials keeps its body.
  server.on('checkContinue', (request, response) => void serve(request, response, () => response.writeContinue()));
}

function stopping({ headers }: IncomingMessage): Answer {
  return failure(STOPPING, encodingOfMediaType(headers['content-type']) ?? 'json');
}

async function open(server: Server, { endpoint: { host, port } }: HttpSettings, { id }: ReceiverContext): Promise<void> {
  // "localhost" may be ::1 alone to a listener, while senders and docs say 127.0.0.1.
  server.listen({ port, ...(host !== '' && { host: host === 'localhost' ? '127.0.0.1' : host }) });
  try {
    await once(server, 'listening');
  } catch (cause) {
    const option = `${id.replace(/^receiver\//, 'receivers.')}.protocols.http.endpoint`;
    const what = `cannot listen on ${host}:${port} (${option})`;
    const taken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
    throw taken ? new Error(`${what}: the port is taken; ${remedyFor(port)}`) : new Error(what, { cause });
  }
}

/** Tempo, Alloy and Collectors all listen there. */
function remedyFor(port: number): string {
  if (port !== OTLP_PORT) return 'choose another one';
  return 'is this Tempo? set http.endpoint: localhost:4328 here and the exporter to http://127.0.0.1:4318';
}

function addressOf(server: Server, { endpoint, tls }: HttpSettings): string {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : endpoint.port;
  const host = endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host || '0.0.0.0';
  return `${tls ? 'https' : 'http'}://${host}:${port}`;
}
