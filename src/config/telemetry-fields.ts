/** What can be set of the daemon's own logs, metrics and spans. */
import { z } from 'zod';
import { hostPort, noEffect, secret, section, unsupported, unsupportedValue } from './fields.ts';

const Logs = z.strictObject({
  level: z
    .enum(['debug', 'info', 'warn', 'error', 'DEBUG', 'INFO', 'WARN', 'ERROR'], {
      error: 'expected one of "debug", "info", "warn", "error"',
    })
    .default('info')
    .transform((level) => level.toLowerCase() as Lowercase<typeof level>) // what toLowerCase() does
    .describe('Least important log lines to write.'),
  encoding: z.enum(['console', 'json']).optional().describe('Form of log lines; by default console on a terminal, else json.'),
  initial_fields: z.record(z.string(), z.unknown()).default({}).describe('Fields to add to every log line.'),
  output_paths: z
    .array(z.string().refine((path) => path === 'stderr' || path === 'stdout', unsupportedValue('logs go to stderr')))
    .optional()
    .describe('Accepted for familiarity: "stderr" or "stdout"; logs go to stderr.'),
  error_output_paths: noEffect('logs go to stderr'),
  sampling: noEffect('equal lines are limited to 10 per 10 s'),
  development: noEffect('it tunes the logger of the Collector'),
  disable_caller: noEffect('log lines name no source line'),
  disable_stacktrace: noEffect('stacks are logged for bugs only'),
  processors: unsupported('logs are not exported'),
});

const NAMES_STAY = 'names are those of the reference, counters end in _total';

const PrometheusReader = z.strictObject({
  host: z.string().default('localhost').describe('Address to listen on; empty for every one.'),
  port: z.int().min(0).max(65_535).default(8888).describe('Port to listen on.'),
  without_type_suffix: noEffect(NAMES_STAY),
  without_units: noEffect(NAMES_STAY),
  without_scope_info: noEffect('there are no labels of scopes'),
  with_resource_constant_labels: noEffect('the resource is on target_info'),
});

const Pull = z.strictObject({
  exporter: section(
    z.strictObject({ prometheus: section(PrometheusReader).describe('A page for Prometheus, at /metrics.') }),
  ).describe('How they are read.'),
});

const Reader = z.strictObject({
  pull: section(Pull).describe('Metrics that are read by a scraper.'),
  periodic: unsupported('own metrics are scraped, not pushed'),
});

const Metrics = z
  .strictObject({
    level: z
      .enum(['none', 'basic', 'normal', 'detailed'])
      .default('normal')
      .describe('"none" for no metrics of the daemon itself; the other levels show them all.'),
    readers: z
      .array(Reader)
      .min(1, 'expected a reader; write "level: none" for no metrics')
      .max(1, unsupportedValue('one reader is served'))
      .optional()
      .describe('Where they are shown; without it on localhost:8888.'),
    address: hostPort().optional().describe('Older spelling of the address to listen on.'),
    views: unsupported('metrics are shown as they are'),
  })
  .refine(({ readers, address }) => readers === undefined || address === undefined, {
    path: ['address'],
    error: 'expected either address or readers',
  });

const headerList = z
  .array(z.strictObject({ name: z.string().min(1).describe('Name.'), value: secret().describe('Value; never shown.') }))
  .transform((list): Record<string, string> => Object.fromEntries(list.map(({ name, value }) => [name, value])));

const OtlpExporter = z.strictObject({
  endpoint: z
    .string()
    .superRefine(checkUrl)
    .describe('Base URL, to which "/v1/traces" is added; one with a path is used as it stands.'),
  protocol: z
    .enum(['http/protobuf', 'http/json', 'grpc'])
    .refine((protocol) => protocol !== 'grpc', unsupportedValue('own spans leave over HTTP; write http/protobuf'))
    .default('http/protobuf')
    .describe('Accepted for familiarity: spans of the daemon itself leave as JSON over HTTP, which every OTLP server takes.'),
  headers: z
    .union([z.record(z.string(), secret()), headerList])
    .default({})
    .describe('Added to every request, as a map or as a list of name and value; values are never shown.'),
  timeout: z.int().positive().default(10_000).describe('Longest time for a request, in ms.'),
  compression: noEffect('requests are small, and not compressed'),
  insecure: noEffect('the scheme of the endpoint decides'),
  certificate: unsupported("set Node's NODE_EXTRA_CA_CERTS"),
  client_certificate: unsupported('send a token in headers'),
  client_key: unsupported('send a token in headers'),
  tls: unsupported("set Node's NODE_EXTRA_CA_CERTS"),
});

function checkUrl(written: string, context: z.RefinementCtx): void {
  const url = URL.parse(written);
  if (/^([a-z][a-z0-9+.-]*:\/\/)?[^/?#]*@/i.test(written)) {
    // Not "expected …": the report would repeat the password.
    context.addIssue({ code: 'custom', message: 'user and password in a URL are not sent; write headers' });
  } else if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    context.addIssue({ code: 'custom', message: 'expected a URL such as "http://tempo:4318"' });
  }
}

const SpanProcessor = z.strictObject({
  batch: z
    .strictObject({
      exporter: z
        .strictObject({
          otlp: OtlpExporter.describe('To a server that takes OTLP.'),
          console: unsupported('use the otlp exporter'),
        })
        .describe('Where they go.'),
      schedule_delay: z.int().positive().default(5000).describe('Longest time to collect spans, in ms.'),
      max_queue_size: z.int().positive().default(2048).describe('Spans to hold; more are dropped.'),
      max_export_batch_size: z.int().positive().default(512).describe('Most spans in a request.'),
      export_timeout: z.int().positive().default(30_000).describe('Longest time for a request with its repetitions, in ms.'),
    })
    .describe('Spans that are sent in batches.'),
  simple: unsupported('use batch'),
});

const Traces = z.strictObject({
  processors: z.array(SpanProcessor).default([]).describe('Where spans about the work of the daemon go; none: there are none.'),
  level: noEffect('remove the processors for no spans'),
  sampler: noEffect('of each kind at most ten spans a second are sent'),
  limits: noEffect('spans are small'),
  propagators: noEffect('no trace context is passed on'),
});

export const Telemetry = z.strictObject({
  logs: section(Logs).describe('Logs of the daemon itself.'),
  metrics: section(Metrics).describe('Metrics of the daemon itself.'),
  traces: section(Traces).describe(
    'Spans of the daemon itself: one per accepted request and per attempt to deliver, never their content.',
  ),
  resource: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .default({})
    .describe('Attributes of the daemon in its metrics and spans; empty text takes a usual one away.'),
});

export type LogSettings = z.output<typeof Logs>;
export type MetricsSettings = z.output<typeof Metrics>;
export type TraceSettings = z.output<typeof Traces>;
export type OtlpSettings = z.output<typeof OtlpExporter>;
export type ResourceSettings = z.output<typeof Telemetry>['resource'];
