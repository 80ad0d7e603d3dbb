/** What can be set of the OTLP receiver. */
import { z } from 'zod';
import { auth, duration, hostPort, noEffect, size, unsupported, unsupportedValue } from '../../config/fields.ts';
import { serverTls } from '../../config/tls-fields.ts';
import { CODINGS } from '../../otlp/decompress.ts';

/** Collectors list them by default; nothing here decodes them, so they may stand there and are answered 415. */
const UNDECODED = ['snappy', 'x-snappy-framed', 'lz4'] as const;
const TRANSPORTS: ReadonlySet<string> = new Set(['tcp', 'tcp4', 'tcp6']);

export const Http = z.strictObject({
  endpoint: hostPort().prefault('localhost:4318').describe('Address to listen on.'),
  traces_url_path: urlPath()
    .optional()
    .describe('Path that takes traces; unset: "/v1/traces", "/otlp/v1/traces" and "/" all do.'),
  metrics_url_path: urlPath().prefault('/v1/metrics').describe('Path of metrics, which no pipeline takes yet.'),
  logs_url_path: urlPath().prefault('/v1/logs').describe('Path of logs, which no pipeline takes yet.'),
  tls: serverTls().optional(),
  auth: auth().optional(),
  max_request_body_size: size()
    .refine((bytes) => bytes > 0, 'expected more than 0 bytes')
    .prefault('20MiB')
    .describe('Largest body, as sent and decompressed.'),
  compression_algorithms: z
    .array(z.enum([...CODINGS, ...UNDECODED]))
    .default([...CODINGS])
    .describe('Content encodings to take, "" is none; snappy and lz4 may be named but are refused with 415.'),
  read_header_timeout: duration().prefault('10s').describe('Longest time for the headers of a request; 0 for no limit.'),
  read_timeout: duration().prefault('60s').describe('Longest time for a whole request; 0 for no limit.'),
  idle_timeout: duration().prefault('65s').describe('Longest time that a connection is kept without a request; 0 for no limit.'),
  keep_alives_enabled: z.boolean().default(true).describe('Take several requests on one connection.'),
  include_metadata: z.boolean().default(false).describe('Accepted as in the Collector; nothing reads request headers later on.'),
  transport: z
    .string()
    .refine((transport) => TRANSPORTS.has(transport), unsupportedValue('only TCP is listened on'))
    .default('tcp')
    .describe('Kind of socket: tcp, tcp4 or tcp6; the address decides between the last two.'),
  write_timeout: noEffect('answers are a few bytes'),
  profiles_url_path: noEffect('profiles are not received'),
  cors: unsupported('browsers cannot send here; put a proxy in front'),
  response_headers: unsupported('every sender gets the same headers'),
  middlewares: unsupported('use the memory_limiter processor'),
});

export type HttpSettings = z.output<typeof Http>;

/** As in the Collector, a missing slash is added. */
function urlPath() {
  return z
    .string()
    .min(1)
    .transform((path) => (path.startsWith('/') ? path : `/${path}`));
}
