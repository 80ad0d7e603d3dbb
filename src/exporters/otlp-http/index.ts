/** Posts batches to an OTLP/HTTP server; the reader that calls it owns retry, timeout and cursor. */
import { validateHeaderValue } from 'node:http';
import { z } from 'zod';
import type { Context, Exporter } from '../../component/contract.ts';
import { defineExporter } from '../../component/define.ts';
import {
  auth,
  duration,
  headers,
  namedBy,
  noEffect,
  secret,
  section,
  unsupported,
  unsupportedValue,
} from '../../config/fields.ts';
import { clientTls } from '../../config/tls-fields.ts';
import { deliveryFields, deliveryRemarks } from '../../delivery/fields.ts';
import { COMPRESSIONS, type Compression } from './compression.ts';
import { Connections } from './dispatcher.ts';
import { endpointUrl, shownUrl, tracesUrl } from './endpoint.ts';
import { Messages } from './message.ts';
import { post } from './post.ts';

const RUNTIME = 'connections and buffers are managed by the runtime';
const TRACES_ONLY = 'only traces are sent';

const MOST_BUT_ZSTD = 9;

const CompressionParams = z
  .strictObject({
    level: z
      .int()
      .min(-1)
      .max(22)
      .optional()
      .describe('Level of the compression: 1, unless set, is the quickest; -1 is the usual one of the codec.'),
  })
  .describe('How hard to compress.');

const Config = z
  .strictObject({
    endpoint: endpointUrl().optional().describe('Base URL; "/v1/traces" is appended unless it is there.'),
    traces_endpoint: endpointUrl().optional().describe('URL for traces, used as it stands.'),
    headers: headers().superRefine(checkHeaders).describe('Added to every request; their values are never shown.'),
    auth: auth().optional(),
    tls: section(clientTls()),
    proxy_url: secret()
      .refine((written) => /^(https?|socks5):$/.test(URL.parse(written)?.protocol ?? ''), {
        error: 'expected a URL such as "http://proxy:3128"',
      })
      .optional()
      .describe('Proxy to go through; its password is never shown.'),
    compression: z
      .enum([...COMPRESSIONS, 'snappy', 'x-snappy-framed', 'lz4'])
      .refine(isSupported, unsupportedValue('use gzip or zstd'))
      .default('gzip')
      .describe('Compression of request bodies: gzip, zstd, zlib, deflate or none.'),
    compression_params: section(CompressionParams),
    max_conns_per_host: z.int().min(0).default(0).describe('Most connections; 0 for as many as there are requests in flight.'),
    idle_conn_timeout: duration().prefault('90s').describe('How long an unused connection stays open.'),
    encoding: z
      .enum(['proto', 'json'])
      .optional()
      .describe(
        'Encode every request so; unset: as it came, byte for byte. Fields that OTLP does not know are lost from JSON to proto.',
      ),
    disable_keep_alives: z.boolean().default(false).describe('Open a new connection for every request.'),
    ...deliveryFields,
    metrics_endpoint: noEffect(TRACES_ONLY),
    logs_endpoint: noEffect(TRACES_ONLY),
    profiles_endpoint: unsupported('profiles are not sent'),
    read_buffer_size: noEffect(RUNTIME),
    write_buffer_size: noEffect(RUNTIME),
    max_idle_conns: noEffect(RUNTIME),
    max_idle_conns_per_host: noEffect(RUNTIME),
    force_attempt_http2: noEffect(RUNTIME),
    http2_read_idle_timeout: noEffect(RUNTIME),
    http2_ping_timeout: noEffect(RUNTIME),
    cookies: unsupported('OTLP servers set no cookies'),
    middlewares: unsupported('there are none'),
  })
  .refine(({ endpoint, traces_endpoint }) => endpoint !== undefined || traces_endpoint !== undefined, {
    path: ['endpoint'],
    error: 'needed, such as "http://tempo:4318"; or traces_endpoint',
  })
  .refine(({ compression, compression_params: { level = 0 } }) => compression === 'zstd' || level <= MOST_BUT_ZSTD, {
    path: ['compression_params', 'level'],
    error: `expected at most ${MOST_BUT_ZSTD}; only zstd has more`,
  });
type Config = z.output<typeof Config>;

export const otlpHttpExporter = defineExporter({
  type: 'otlp_http',
  aliases: ['otlphttp'],
  summary: 'Sends batches over OTLP/HTTP, byte for byte where nothing changed.',
  signals: ['traces'],
  config: Config,
  example: 'endpoint: http://tempo:4318',
  connects: (config) => {
    const { hostname, port, protocol } = tracesUrl(config);
    const path = config.traces_endpoint === undefined ? 'endpoint' : 'traces_endpoint';
    return [{ path, host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || (protocol === 'https:' ? 443 : 80) }];
  },
  authenticator: (config) => namedBy(config),
  remarks: deliveryRemarks,
  create: otlpHttp,
});

function otlpHttp(config: Config, context: Context): Exporter {
  const { authenticator, logger, now } = context;
  if (config.auth !== undefined && authenticator?.credentials === undefined) {
    throw new Error(`cannot use "${config.auth.authenticator}" for requests: it has no credentials to send`);
  }
  const url = tracesUrl(config);
  const ownHeaders = lowerCase(config.headers);
  const connections = new Connections(config, logger);
  const messages = new Messages({
    encoding: config.encoding && ENCODING[config.encoding],
    compression: isSupported(config.compression) ? config.compression : 'none',
    level: config.compression_params.level,
  });

  return {
    async start() {
      await connections.start();
      logger.info('sending traces', { url: shownUrl(url) });
      if (config.tls.insecure_skip_verify)
        logger.warn('certificates of the destination are not verified', { url: shownUrl(url) });
      if (authenticator !== undefined && url.protocol === 'http:' && !LOOPBACK.test(url.hostname)) {
        logger.warn('credentials are sent without TLS', { url: shownUrl(url) });
      }
    },

    async attempt(batch, abort) {
      const message = await messages.of(batch);
      // Asked for last: new certificates may have closed the ones before while this was compressed.
      const dispatcher = await connections.dispatcher;
      const headers = { ...ownHeaders, ...lowerCase(authenticator?.credentials?.() ?? {}) };
      return post(message, { url, dispatcher, headers, now }, abort);
    },

    shutdown: () => connections.shutdown(),
  };
}

const LOOPBACK = /^(localhost|127\..*|\[::1\])$/;

const ENCODING = { proto: 'protobuf', json: 'json' } as const;

/** A name of HTTP is the same in any case. Grafana shows credentials as "Basic%20…", made for an environment variable. */
function lowerCase(written: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(written).map(([name, value]) => [name.toLowerCase(), value.replace(/^(basic|bearer)%20/i, '$1 ')]),
  );
}

function checkHeaders(written: Readonly<Record<string, string>>, context: z.RefinementCtx): void {
  for (const [name, value] of Object.entries(written)) {
    try {
      validateHeaderValue(name, value);
    } catch {
      const message = 'expected a value that HTTP allows; is there a line break in it?';
      context.addIssue({ code: 'custom', path: [name], message });
    }
  }
}

function isSupported(written: string): written is Compression {
  return COMPRESSIONS.some((known) => known === written);
}
