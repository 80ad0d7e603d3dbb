/** Listens for OTLP over HTTP and answers a request once the journal has it. */
import { z } from 'zod';
import { defineReceiver } from '../../component/define.ts';
import { namedBy, unsupported } from '../../config/fields.ts';
import { Intake } from './intake.ts';
import { listen } from './listen.ts';
import { Http } from './settings.ts';

const Protocols = z.strictObject({
  http: Http.describe('OTLP over HTTP; "http:" alone listens with all defaults.'),
  grpc: unsupported('gRPC is not available yet; use protocols.http'),
});

export const otlpReceiver = defineReceiver({
  type: 'otlp',
  summary: 'Receives traces over OTLP/HTTP, from OpenRouter Broadcast or any OpenTelemetry SDK.',
  signals: ['traces'],
  config: z.strictObject({ protocols: Protocols.describe('Protocols to listen for.') }),
  example: 'protocols:\n  http:\n    endpoint: localhost:4318',
  listens: ({ protocols: { http } }) => {
    const closed = http.auth !== undefined || http.tls?.client_ca_file !== undefined;
    return [{ path: 'protocols.http.endpoint', ...http.endpoint, purpose: 'intake', protected: closed }];
  },
  authenticator: ({ protocols: { http } }) => namedBy(http, 'protocols.http.'),
  create: ({ protocols: { http } }, next, context) => listen(http, new Intake(http, next, context), context),
});
