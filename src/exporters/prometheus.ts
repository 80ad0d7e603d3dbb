/** Shows the counters of connectors on /metrics, as they are at the moment of the scrape. */
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { adminListener, LOOPBACK_NAMES } from '../component/admin-listener.ts';
import type { Context, Lifecycle, PulledSource } from '../component/contract.ts';
import { definePullExporter } from '../component/define.ts';
import { auth, duration, hostPort, namedBy, noEffect, unsupported } from '../config/fields.ts';
import { listenerTls, serverTls } from '../config/tls-fields.ts';
import { Exposition } from '../metrics/exposition.ts';
import { acceptsGzip, CONTENT_TYPE, type Format, negotiateFormat } from '../metrics/negotiation.ts';

const WITH_SUFFIXES = 'UnderscoreEscapingWithSuffixes';
const WITHOUT_SUFFIXES = 'UnderscoreEscapingWithoutSuffixes';

const labelName = z
  .string()
  .regex(
    /^(?!__)(?!(?:le|quantile)$)[a-zA-Z_][a-zA-Z0-9_]*$/,
    'expected a label name: letters, digits and "_"; not "le", "quantile" or "__…"',
  );

const Config = z.strictObject({
  endpoint: hostPort().prefault('localhost:9464').describe('Address to listen on.'),
  namespace: z
    .string()
    .regex(/^(?:[a-zA-Z_:][a-zA-Z0-9_:]*)?$/, { error: ({ input }) => expectedNamespace(String(input)) })
    .default('')
    .transform(underscored)
    .describe('Put before the name of every metric.'),
  const_labels: z
    .record(labelName, z.string())
    .default({})
    .describe('Labels to add to every series; a series that has such a label already keeps its own.'),
  send_timestamps: z.boolean().default(false).describe('Write the time of the scrape behind every value.'),
  enable_open_metrics: z
    .boolean()
    .default(true)
    .describe('Answer in OpenMetrics, with exemplars, where a scraper asks for it; false: text format 0.0.4 only.'),
  translation_strategy: z
    .enum([WITH_SUFFIXES, WITHOUT_SUFFIXES, 'NoUTF8EscapingWithSuffixes', 'NoTranslation'])
    .refine((strategy) => strategy === WITH_SUFFIXES || strategy === WITHOUT_SUFFIXES, {
      error: `names are escaped to [a-zA-Z0-9_:]; write ${WITH_SUFFIXES} or ${WITHOUT_SUFFIXES}`,
    })
    .default(WITH_SUFFIXES)
    .describe('Whether names end in unit and "_total"; without these there is no OpenMetrics, which demands them.'),
  write_timeout: duration()
    .refine((ms) => ms > 0, 'expected a duration above 0')
    .prefault('30s')
    .describe('A reader that takes longer for a page is cut off.'),
  tls: serverTls().optional(),
  auth: auth().optional(),
  resource_constant_labels: z
    .strictObject({
      included: z.array(z.string()).default([]).describe('Resource attributes to add.'),
      excluded: z.array(z.string()).default([]).describe('Resource attributes to leave out.'),
    })
    .optional()
    .describe('Resource attributes of received metrics that become labels; connector series have none.'),
  resource_to_telemetry_conversion: z
    .strictObject({
      enabled: z.boolean().default(false).describe('Whether all of them do.'),
      exclude_service_attributes: z.boolean().default(false).describe('Leave out service.name and its kin.'),
    })
    .optional()
    .describe('Whether resource attributes of received metrics become labels; connector series have none.'),
  without_scope_info: z.boolean().default(false).describe('No scope labels on received metrics; connector series have none.'),
  metric_expiration: unsupported('series of a connector never expire; remove the key'),
  add_metric_suffixes: noEffect('use translation_strategy'),
  sending_queue: noEffect('a pulled exporter has no queue'),
});
type Config = z.output<typeof Config>;

export const prometheusExporter = definePullExporter({
  type: 'prometheus',
  summary: 'Shows the exact counters of connectors to Prometheus, at /metrics.',
  config: Config,
  example: 'endpoint: 0.0.0.0:9464',
  listens: ({ endpoint, auth }) => [{ path: 'endpoint', ...endpoint, purpose: 'admin', protected: auth !== undefined }],
  authenticator: (config) => namedBy(config),
  create: (config, sources, context) => serve(config, sources, context),
});

/** Sent with every scrape by Prometheus and vmagent, and by nothing that a person uses. */
const SCRAPER_HEADER = 'x-prometheus-scrape-timeout-seconds';
/** What a stream says when the other side is gone in the middle. */
const LEFT = new Set(['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE']);
const LOOPBACK = /^(localhost|127(\.\d+){3}|::1)$/i;

function serve(config: Config, sources: () => readonly PulledSource[], context: Context): Lifecycle {
  const { endpoint, tls } = config;
  const current = expositions(config, sources, context);
  const listener = {
    endpoint,
    option: `${context.id.replace(/^exporter\//, 'exporters.')}.endpoint`,
    tls: tls && listenerTls(tls, context.logger),
    authenticator: context.authenticator,
    hosts: LOOPBACK.test(endpoint.host) ? [...LOOPBACK_NAMES, endpoint.host] : ('any' as const),
    context,
  };
  return adminListener(listener, (app) => {
    app.get('/metrics', (request, response) => answerScrape(request, response, current(), config, context));
    app.get('/', (_request, response) => void response.type('html').send('<!doctype html><a href="/metrics">metrics</a>\n'));
  });
}

/** Of the sources as they are: made anew when a reload has brought others. */
function expositions(config: Config, sources: () => readonly PulledSource[], { logger }: Context): () => Exposition {
  let made: Readonly<{ of: readonly PulledSource[]; exposition: Exposition }> | undefined;
  return () => {
    const of = sources();
    if (made?.of === of) return made.exposition;
    const exposition = new Exposition(of, {
      namespace: config.namespace,
      suffixes: config.translation_strategy === WITH_SUFFIXES,
      constLabels: Object.entries(config.const_labels),
      timestamps: config.send_timestamps,
    });
    for (const metric of exposition.clashes) {
      logger.warn('cannot show a metric: another connector has one of this name and another kind', { metric });
    }
    made = { of, exposition };
    return exposition;
  };
}

/** Rejects for a fault of ours alone. */
async function answerScrape(
  request: Request,
  response: Response,
  exposition: Exposition,
  config: Config,
  { id, now, logger, diagnostics }: Context,
): Promise<void> {
  const beganMs = performance.now();
  const format = formatFor(request, config);
  const gzip = acceptsGzip(request.get('accept-encoding'));
  response.set({ 'content-type': CONTENT_TYPE[format], vary: 'Accept, Accept-Encoding', 'cache-control': 'no-store' });
  if (gzip) response.set('content-encoding', 'gzip');
  if (request.method === 'HEAD') return void response.end();
  const size = { bytes: 0 };
  const page = measured(exposition.page({ format, nowMs: now(), baseline: request.get(SCRAPER_HEADER) !== undefined }), size);
  const signal = AbortSignal.timeout(Math.ceil(config.write_timeout));
  try {
    if (gzip) await pipeline(page, createGzip({ level: constants.Z_BEST_SPEED }), response, { signal });
    else await pipeline(page, response, { signal });
    const labels = { exporter: id.replace(/^exporter\//, ''), format };
    diagnostics.record('spanmeter_scrape_duration_seconds', labels, (performance.now() - beganMs) / 1000);
    diagnostics.record('spanmeter_scrape_bytes', labels, size.bytes);
  } catch (error) {
    if (signal.aborted) logger.warn('cut off a reader that was too slow', { timeoutMs: config.write_timeout });
    else if (!readerLeft(error)) throw error;
  }
}

async function* measured(page: AsyncIterable<string>, size: { bytes: number }): AsyncGenerator<string> {
  for await (const chunk of page) {
    size.bytes += Buffer.byteLength(chunk);
    yield chunk;
  }
}

function readerLeft(error: unknown): boolean {
  return error instanceof Error && 'code' in error && LEFT.has(String(error.code));
}

/** Without suffixes there is no valid OpenMetrics: a counter there ends in "_total". */
function formatFor(request: Request, { enable_open_metrics, translation_strategy }: Config): Format {
  if (!enable_open_metrics) return 'text-0.0.4';
  return negotiateFormat(request.get('accept'), translation_strategy === WITH_SUFFIXES);
}

function expectedNamespace(written: string): string {
  const name = underscored(written);
  return `expected letters, digits, "_" and ":", no digit first${name === '' ? '' : `, such as "${name}"`}`;
}

/** As the Collector writes a namespace: everything else is one "_", none at an end. */
function underscored(namespace: string): string {
  const name = namespace
    .split(/[^a-zA-Z0-9:]+/)
    .filter((part) => part !== '')
    .join('_');
  return /^\d/.test(name) ? `_${name}` : name;
}
