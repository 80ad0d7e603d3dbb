import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { tracesUrl } from '../../../src/exporters/otlp-http/endpoint.ts';
import { otlpHttpExporter } from '../../../src/exporters/otlp-http/index.ts';
import { configOf, faultsOf, reportOf } from '../../helpers/component.ts';

const { config: schema } = otlpHttpExporter;

const urlOf = (yaml: string) => tracesUrl(configOf(schema, yaml)).href;

describe('the endpoint of otlp_http', () => {
  const forms = [
    { endpoint: 'http://tempo:4318', url: 'http://tempo:4318/v1/traces' },
    { endpoint: 'http://tempo:4318/', url: 'http://tempo:4318/v1/traces' },
    { endpoint: 'http://tempo:4318//', url: 'http://tempo:4318/v1/traces' },
    { endpoint: 'https://tempo.example/tenant/a', url: 'https://tempo.example/tenant/a/v1/traces' },
    {
      endpoint: 'https://otlp-gateway-prod-eu-west-0.grafana.net',
      url: 'https://otlp-gateway-prod-eu-west-0.grafana.net/otlp/v1/traces',
    },
    {
      endpoint: 'https://otlp-gateway-prod-eu-west-0.grafana.net/otlp',
      url: 'https://otlp-gateway-prod-eu-west-0.grafana.net/otlp/v1/traces',
    },
    {
      endpoint: 'https://otlp-gateway-prod-eu-west-0.grafana.net/v1/traces',
      url: 'https://otlp-gateway-prod-eu-west-0.grafana.net/otlp/v1/traces',
    },
    { endpoint: 'http://prometheus:9090/api/v1/otlp', url: 'http://prometheus:9090/api/v1/otlp/v1/traces' },
    { endpoint: 'http://tempo:4318/v1/traces', url: 'http://tempo:4318/v1/traces' },
    { endpoint: 'http://tempo:4318/v1/traces/', url: 'http://tempo:4318/v1/traces' },
    { endpoint: 'http://tempo:4318/otlp/v1/metrics', url: 'http://tempo:4318/otlp/v1/traces' },
    { endpoint: 'http://tempo:4318/v1/logs', url: 'http://tempo:4318/v1/traces' },
    { endpoint: 'http://tempo:4318?tenant=a', url: 'http://tempo:4318/v1/traces?tenant=a' },
  ];
  for (const { endpoint, url } of forms)
    it(`${endpoint} leads to ${url}`, () => assert.equal(urlOf(`endpoint: ${endpoint}`), url));

  it('gives way to traces_endpoint, which is used as it stands', () => {
    assert.equal(urlOf('endpoint: http://tempo:4318\ntraces_endpoint: http://other:1/api/spans/'), 'http://other:1/api/spans/');
  });

  const refused = [
    { yaml: '{}', path: 'endpoint', code: 'missing_key', message: /needed, such as "http:\/\/tempo:4318"; or traces_endpoint/ },
    {
      yaml: 'endpoint: tempo:4318',
      path: 'endpoint',
      code: 'wrong_value',
      message: /expected a URL such as "http:\/\/tempo:4318"/,
    },
    { yaml: 'endpoint: grpc://tempo:4317', path: 'endpoint', code: 'wrong_value', message: /expected a URL/ },
    { yaml: 'endpoint: 17', path: 'endpoint', code: 'wrong_value', message: /expected/ },
    {
      yaml: 'endpoint: https://me.grafana.net',
      path: 'endpoint',
      code: 'unsupported',
      message: /that is the dashboard; the gateway is otlp-gateway-<zone>\.grafana\.net\/otlp/,
    },
    { yaml: 'endpoint: https://me.grafana.net/otlp', path: 'endpoint', code: 'unsupported', message: /dashboard/ },
    {
      yaml: 'traces_endpoint: https://me.grafana.net/v1/traces',
      path: 'traces_endpoint',
      code: 'unsupported',
      message: /dashboard/,
    },
    {
      yaml: 'endpoint: http://user:canary@tempo:4318',
      path: 'endpoint',
      code: 'wrong_value',
      message: /user and password in a URL are not sent; use the extension basicauth/,
    },
    {
      yaml: 'endpoint: "http://tempo:4318/#x"',
      path: 'endpoint',
      code: 'wrong_value',
      message: /a "#" and what follows it is never sent; remove it/,
    },
    { yaml: 'endpoint: ftp://user:canary@tempo', path: 'endpoint', code: 'wrong_value', message: /user and password in a URL/ },
  ];
  for (const { yaml, path, code, message } of refused) {
    it(`is refused: ${yaml.replace('canary', '…')}`, () => {
      const faults = faultsOf(schema, yaml);
      assert.deepEqual(
        faults.map((fault) => [fault.level, fault.code, fault.path]),
        [['error', code, `component.${path}`]],
      );
      const report = reportOf(schema, yaml);
      assert.match(report, message);
      assert.doesNotMatch(report, /canary/);
    });
  }
});

describe('settings of otlp_http', () => {
  it("are the Collector's where nothing is written", () => {
    const { compression, timeout, max_conns_per_host, idle_conn_timeout, disable_keep_alives, headers } = configOf(
      schema,
      'endpoint: http://a',
    );
    assert.deepEqual(
      { compression, timeout, max_conns_per_host, idle_conn_timeout, disable_keep_alives, headers },
      {
        compression: 'gzip',
        timeout: 30_000,
        max_conns_per_host: 0,
        idle_conn_timeout: 90_000,
        disable_keep_alives: false,
        headers: {},
      },
    );
  });

  const rows = [
    { yaml: 'encoding: otlp_json', level: 'error', code: 'wrong_value' },
    { yaml: 'compression: snappy', level: 'error', code: 'unsupported' },
    { yaml: 'compression: lz4', level: 'error', code: 'unsupported' },
    { yaml: 'compression: brotli', level: 'error', code: 'wrong_value' },
    { yaml: 'compression_params: { level: 10 }', level: 'error', code: 'wrong_value' },
    { yaml: 'profiles_endpoint: http://a', level: 'error', code: 'unsupported' },
    { yaml: 'cookies: { enabled: true }', level: 'error', code: 'unsupported' },
    { yaml: 'middlewares: []', level: 'error', code: 'unsupported' },
    { yaml: 'tls: { cipher_suites: [a] }', level: 'error', code: 'unsupported' },
    { yaml: 'auth: { authenticator: a, request_params: [b] }', level: 'error', code: 'unsupported' },
    { yaml: 'proxy_url: proxy:3128', level: 'error', code: 'wrong_value' },
    { yaml: 'headers: { x: "a\\nb" }', level: 'error', code: 'wrong_value' },
    { yaml: 'headers: { "a b": c }', level: 'error', code: 'wrong_value' },
    { yaml: 'metrics_endpoint: http://a', level: 'hint', code: 'no_effect' },
    { yaml: 'logs_endpoint: http://a', level: 'hint', code: 'no_effect' },
    { yaml: 'read_buffer_size: 1', level: 'hint', code: 'no_effect' },
    { yaml: 'write_buffer_size: 1', level: 'hint', code: 'no_effect' },
    { yaml: 'max_idle_conns: 1', level: 'hint', code: 'no_effect' },
    { yaml: 'max_idle_conns_per_host: 1', level: 'hint', code: 'no_effect' },
    { yaml: 'force_attempt_http2: true', level: 'hint', code: 'no_effect' },
    { yaml: 'http2_ping_timeout: 1s', level: 'hint', code: 'no_effect' },
    { yaml: 'http2_read_idle_timeout: 1s', level: 'hint', code: 'no_effect' },
    { yaml: 'endpiont: http://a', level: 'error', code: 'unknown_key' },
  ];
  for (const { yaml, level, code } of rows) {
    it(`answer ${yaml} with ${level}[${code}]`, () => {
      assert.deepEqual(
        faultsOf(schema, `endpoint: http://a\n${yaml}`).map((fault) => [fault.level, fault.code]),
        [[level, code]],
      );
    });
  }

  it('never show a header in a fault', () => {
    const yaml = 'endpoint: http://a\nheaders: { authorization: "canary\\nx" }\nproxy_url: "canary"';
    assert.equal(faultsOf(schema, yaml).length, 2);
    assert.doesNotMatch(reportOf(schema, yaml), /canary/);
  });
});
