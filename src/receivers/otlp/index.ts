/** Listens for OTLP over HTTP and answers a request once the journal has it. */
import { z } from 'zod';
import { defineReceiver } from '../../component/define.ts';
import { unsupported } from '../../config/fields.ts';
import { createIntake } from './intake.ts';
import { listen } from './listen.ts';
import { Http } from './settings.ts';

const Protocols = z
  .strictObject({
    http: Http.optional().describe('OTLP over HTTP; "http:" alone listens with all defaults.'),
    grpc: unsupported('gRPC is not available yet; use protocols.http'),
  })
  .refine(({ http, grpc }) => http !== undefined || grpc !== undefined, 'expected a protocol; write "http:" below it')
  .describe('Protocols to listen for.');

export const otlpReceiver = defineReceiver({
  type: 'otlp',
  summary: 'Receives traces over OTLP/HTTP as JSON: what OpenRouter Broadcast and OpenTelemetry SDKs send.',
  signals: ['traces'],
  config: z.strictObject({ protocols: Protocols }),
  example: 'protocols:\n  http:\n    endpoint: localhost:4318',
  listens: ({ protocols: { http } }) =>
    http === undefined
      ? []
      : [
          {
            path: 'protocols.http.endpoint',
            ...http.endpoint,
            purpose: 'intake',
            protected: http.auth !== undefined || http.tls?.client_ca_file !== undefined,
          },
        ],
  create: ({ protocols: { http } }, next, context) => {
    if (http === undefined) throw new Error(`cannot create ${context.id}: protocols.http is not set`);
    return listen(http, createIntake(http, next, context), context);
  },
});
