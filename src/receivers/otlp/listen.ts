/** Carries requests from the socket of the receiver to the intake, and answers back. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Receiver, ReceiverContext } from '../../component/contract.ts';
import { IntakeError } from '../../component/errors.ts';
import { HttpListener } from '../../component/http-listener.ts';
import { listenerTls } from '../../config/tls-fields.ts';
import { type Answer, failure } from '../../otlp/answer.ts';
import { encodingOfMediaType } from '../../otlp/media-type.ts';
import { endAfterRest } from './end-after-rest.ts';
import type { Intake } from './intake.ts';
import type { HttpSettings } from './settings.ts';

const MAX_CONNECTIONS = 10_000;
const OTLP_PORT = 4318;

const STOPPING = new IntakeError('unavailable', 'cannot take the request: the daemon is stopping; try again');

export function listen(settings: HttpSettings, intake: Intake, context: ReceiverContext): Receiver {
  const { endpoint, tls, read_header_timeout, read_timeout, idle_timeout, keep_alives_enabled } = settings;

  /** Told to go on only once its headers are judged: a sender without credentials keeps its body. */
  async function serve(request: IncomingMessage, response: ServerResponse, proceed: () => void): Promise<void> {
    const { status, headers, body } = listener.listening ? await intake.answer(request, proceed) : stopping(request);
    if (!keep_alives_enabled || !listener.listening || !request.complete) response.shouldKeepAlive = false;
    response.writeHead(status, headers);
    if (request.complete) response.end(body);
    else endAfterRest(request, response, body);
  }

  const listener = new HttpListener(
    {
      endpoint,
      option: `${context.id.replace(/^receiver\//, 'receivers.')}.protocols.http.endpoint`,
      remedy: remedyFor,
      tls: tls && listenerTls(tls, context.logger),
      headersTimeoutMs: read_header_timeout,
      requestTimeoutMs: read_timeout,
      idleTimeoutMs: idle_timeout,
      maxConnections: MAX_CONNECTIONS,
      context,
    },
    (request, response, proceed) => void serve(request, response, proceed),
  );
  return listener;
}

function stopping({ headers }: IncomingMessage): Answer {
  return failure(STOPPING, encodingOfMediaType(headers['content-type']) ?? 'json');
}

/** Tempo, Alloy and Collectors all listen there. */
function remedyFor(port: number): string {
  if (port !== OTLP_PORT) return 'choose another one';
  return 'is this Tempo? set http.endpoint: localhost:4328 here and the exporter to http://127.0.0.1:4318';
}
