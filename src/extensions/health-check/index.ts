/** Tells probes whether requests are taken, and people how every component is. */
import { z } from 'zod';
import { adminListener, LOOPBACK_NAMES } from '../../component/admin-listener.ts';
import type { ExtensionContext, Lifecycle } from '../../component/contract.ts';
import { defineExtension } from '../../component/define.ts';
import { auth, duration, hostPort, namedBy, noEffect, section, unsupported } from '../../config/fields.ts';
import { listenerTls, serverTls } from '../../config/tls-fields.ts';
import { mountPages } from './pages.ts';

const OWN_LIMITS = 'the listener has limits of its own';

const urlPath = z.string().regex(/^\/[^\s?#:*(){}[\]!+\\]*$/, 'expected a path such as "/"');

const listener = {
  tls: serverTls().optional(),
  auth: auth().optional(),
  cors: unsupported('other sites may not read it'),
  max_request_body_size: noEffect(OWN_LIMITS),
  include_metadata: noEffect(OWN_LIMITS),
  response_headers: unsupported('answers have fixed headers'),
  compression_algorithms: noEffect(OWN_LIMITS),
  read_timeout: noEffect(OWN_LIMITS),
  read_header_timeout: noEffect(OWN_LIMITS),
  write_timeout: noEffect(OWN_LIMITS),
  idle_timeout: noEffect(OWN_LIMITS),
};

const Http = z
  .strictObject({
    endpoint: hostPort().prefault('localhost:13133').describe('Address to listen on.'),
    ...listener,
    status: section(
      z.strictObject({
        enabled: z.boolean().default(true).describe('Whether it is there.'),
        path: urlPath.default('/status').describe('Where.'),
      }),
    ).describe('The page of the newer health check of the Collector; takes ?verbose and ?pipeline=.'),
    config: unsupported('the config is not served'),
  })
  .describe('The listener as the newer health check of the Collector writes it; wins over the fields beside it.');

const ComponentHealth = z.strictObject({
  include_permanent_errors: z.boolean().default(false).describe('The status page answers 500 while a destination refuses us.'),
  include_recoverable_errors: z
    .boolean()
    .default(false)
    .describe('The status page answers 500 when a destination took nothing for the recovery duration.'),
  recovery_duration: duration().prefault('5m').describe('How long a destination may take nothing before that.'),
});

const Config = z.strictObject({
  endpoint: hostPort().prefault('localhost:13133').describe('Address to listen on.'),
  path: urlPath.default('/').describe('Where the readiness stands beside /readyz, in the words of the Collector.'),
  response_body: z
    .strictObject({
      healthy: z.string().default('').describe('While requests are taken.'),
      unhealthy: z.string().default('').describe('While they are not.'),
    })
    .optional()
    .describe('What to answer at that path instead.'),
  ...listener,
  http: Http.optional(),
  component_health: section(ComponentHealth).describe('What makes the status page answer 500; readiness never depends on it.'),
  use_v2: z.boolean().default(false).describe('Accepted for familiarity: the pages of both health checks are there.'),
  check_collector_pipeline: noEffect('a destination that is down is no reason to send no requests here'),
  grpc: unsupported('health is told over HTTP'),
});
export type HealthSettings = z.output<typeof Config>;

export const healthCheckExtension = defineExtension({
  type: 'health_check',
  aliases: ['healthcheckv2'],
  summary: 'Answers probes at /livez and /readyz, and shows the state of every component at /healthz.',
  config: Config,
  example: 'endpoint: 0.0.0.0:13133',
  listens: (config) => {
    const { endpoint, auth } = config.http ?? config;
    const path = config.http === undefined ? 'endpoint' : 'http.endpoint';
    return [{ path, ...endpoint, purpose: 'admin', protected: auth !== undefined }];
  },
  authenticator: (config) => (config.http === undefined ? namedBy(config) : namedBy(config.http, 'http.')),
  create: createHealthCheck,
});

const LOOPBACK = /^(localhost|127(\.\d+){3}|::1)$/i;

function createHealthCheck(config: HealthSettings, context: ExtensionContext): Lifecycle {
  const { endpoint, tls, auth } = config.http ?? config;
  if (auth !== undefined && context.authenticator?.identify === undefined) {
    throw new Error(`cannot create ${context.id}: "${auth.authenticator}" does not check who asks`);
  }
  const loopback = LOOPBACK.test(endpoint.host);
  const known = auth !== undefined || tls?.client_ca_file !== undefined;
  const settings = {
    endpoint,
    option: `${context.id.replace(/^extension\//, 'extensions.')}.${config.http === undefined ? '' : 'http.'}endpoint`,
    tls: tls && listenerTls(tls, context.logger),
    authenticator: auth && context.authenticator,
    hosts: loopback ? [...LOOPBACK_NAMES, endpoint.host] : ('any' as const),
    context,
  };
  return adminListener(settings, (app) => mountPages(app, config, loopback || known, context));
}
