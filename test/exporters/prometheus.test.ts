import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { Agent, request } from 'undici';
import { ONE } from '../../src/data/exact.ts';
import { prometheusExporter } from '../../src/exporters/prometheus.ts';
import { ScalarTable } from '../../src/metrics/scalar-table.ts';
import { send } from '../helpers/http.ts';
import { pulled, sourceOf } from '../helpers/metric-pages.ts';
import { budgetOf, costDefinition, exemplar } from '../helpers/metric-samples.ts';
import { authenticatorFor, startPrometheusExporter } from '../helpers/running-exporter.ts';
import { parseStrictly } from '../helpers/strict-page.ts';
import { until } from '../helpers/until.ts';

const openMetrics = { accept: 'application/openmetrics-text;version=1.0.0' };
const scraper = { 'x-prometheus-scrape-timeout-seconds': '10' };

function costSource(series = 1, keyLength = 100) {
  const table = new ScalarTable(costDefinition, 'counter', budgetOf());
  for (let i = 0; i < series; i += 1)
    table.add([`m${i}`, `key-${i}`.padEnd(keyLength, '.')], 5n * ONE, 1_000, exemplar(7, 5n * ONE));
  return pulled(sourceOf([table.family]));
}

function get(url: string, headers: Readonly<Record<string, string>> = {}, method = 'GET') {
  return send(url, undefined, { method, headers });
}

describe('/metrics', () => {
  it('shows the sources in the format that was asked for', async (test) => {
    const { url } = await startPrometheusExporter(test, '', [costSource()]);
    const classic = await get(`${url}/metrics`);
    assert.equal(classic.status, 200);
    assert.equal(classic.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
    const { vary } = classic.headers;
    assert.equal(vary, 'Accept, Accept-Encoding');
    assert.match(classic.body, /^openrouter_cost_usd_total\{model="m0",.*\} 5$/m);
    parseStrictly(classic.body, 'text');
    const open = await get(`${url}/metrics`, openMetrics);
    assert.equal(
      open.headers['content-type'],
      'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores',
    );
    assert.match(open.body, /# \{trace_id=/);
    parseStrictly(open.body, 'openmetrics');
  });

  it('answers HEAD with the same headers and no page', async (test) => {
    const { url } = await startPrometheusExporter(test, '', [costSource()]);
    const { status, headers, body } = await get(`${url}/metrics`, openMetrics, 'HEAD');
    const { vary } = headers;
    assert.deepEqual([status, body, vary], [200, '', 'Accept, Accept-Encoding']);
    assert.match(headers['content-type'] ?? '', /^application\/openmetrics-text/);
  });

  it('is compressed for those who take gzip', async (test) => {
    const { url } = await startPrometheusExporter(test, '', [costSource(5_000)]);
    const { headers, body } = await request(`${url}/metrics`, { headers: { 'accept-encoding': 'gzip' } });
    const bytes = Buffer.from(await body.arrayBuffer());
    const plain = await get(`${url}/metrics`);
    assert.equal(headers['content-encoding'], 'gzip');
    assert.equal(plain.headers['content-encoding'], undefined);
    assert.equal(gunzipSync(bytes).toString(), plain.body);
    assert.ok(bytes.length * 4 < plain.body.length);
  });

  it('shows a new series at 0 to a scraper and as it is to a person', async (test) => {
    let nowMs = 1_000;
    const { url } = await startPrometheusExporter(test, '', [costSource()], { now: () => nowMs });
    assert.match((await get(`${url}/metrics`, scraper)).body, /\} 0$/m);
    assert.match((await get(`${url}/metrics`)).body, /\} 5$/m);
    nowMs += 75_000;
    assert.match((await get(`${url}/metrics`, scraper)).body, /\} 5$/m);
  });

  it('serves many scrapes at once, each whole', async (test) => {
    const { url } = await startPrometheusExporter(test, '', [costSource(5_000)]);
    const pages = await Promise.all(Array.from({ length: 8 }, () => get(`${url}/metrics`)));
    assert.equal(new Set(pages.map(({ body }) => body)).size, 1);
    parseStrictly(pages[0]?.body ?? '', 'text');
  });

  it('cuts off a reader that is too slow, and serves the next', async (test) => {
    // More than the buffers of both sockets hold.
    const page = costSource(20_000, 1_000);
    const { url, observer } = await startPrometheusExporter(test, 'write_timeout: 200ms', [page]);
    const socket = ask(url);
    socket.pause();
    await until('cut off', () => observer.sentences('warn').length > 0);
    assert.deepEqual(observer.sentences('warn'), ['cut off a reader that was too slow']);
    socket.resume();
    await once(socket, 'close');
    assert.equal((await get(`${url}/`)).status, 200);
  });

  it('forgets a reader that goes away, without a word', async (test) => {
    const { url, observer } = await startPrometheusExporter(test, '', [costSource(10_000)]);
    const socket = ask(url);
    await once(socket, 'data');
    socket.destroy();
    assert.equal((await get(`${url}/metrics`)).status, 200);
    assert.deepEqual([...observer.sentences('warn'), ...observer.sentences('error')], []);
  });
});

/** A connection that has asked for the page; a reset is no error to it. */
function ask(url: string): Socket {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.write(`GET /metrics HTTP/1.1\r\nhost: ${hostname}\r\n\r\n`);
  return socket;
}

describe('listener', () => {
  it('links to /metrics from /', async (test) => {
    const { url } = await startPrometheusExporter(test, '');
    const { status, headers, body } = await get(`${url}/`);
    assert.equal(status, 200);
    assert.match(headers['content-type'] ?? '', /^text\/html/);
    assert.match(body, /href="\/metrics"/);
  });

  for (const [method, path, status] of [
    ['GET', '/nothing', 404],
    ['GET', '/metrics/', 404],
    ['GET', '/Metrics', 404],
    ['POST', '/metrics', 405],
    ['PUT', '/', 405],
    ['OPTIONS', '/metrics', 405],
  ] as const) {
    it(`answers ${status} to ${method} ${path}`, async (test) => {
      const { url } = await startPrometheusExporter(test, '');
      assert.equal((await get(url + path, {}, method)).status, status);
    });
  }

  it('wants credentials where an authenticator is set', async (test) => {
    const host = { authenticator: authenticatorFor('open-sesame') };
    const { url } = await startPrometheusExporter(test, 'auth: { authenticator: bearertokenauth }', [costSource()], host);
    assert.equal((await get(`${url}/metrics`)).status, 401);
    assert.equal((await get(`${url}/metrics`, { authorization: 'Bearer open-sesame' })).status, 200);
  });

  it('speaks TLS where it is told to', async (test) => {
    const tls = 'tls: { cert_file: test/fixtures/tls/cert.pem, key_file: test/fixtures/tls/key.pem }';
    const { url } = await startPrometheusExporter(test, tls, [costSource()]);
    const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
    const { statusCode, body } = await request(`${url}/metrics`, { dispatcher });
    assert.match(url, /^https:/);
    assert.equal(statusCode, 200);
    parseStrictly(await body.text(), 'text');
    await dispatcher.close();
  });

  it('says what to change when its port is taken', async (test) => {
    const { url } = await startPrometheusExporter(test, '');
    const endpoint = new URL(url).host;
    const second = startPrometheusExporter(test, `endpoint: ${endpoint}`);
    await assert.rejects(second, {
      message: `cannot listen on ${endpoint} (exporters.prometheus.endpoint): the port is taken; choose another one`,
    });
  });

  it('tells which of two families of one name it cannot show', async (test) => {
    const gauge = new ScalarTable(costDefinition, 'gauge', budgetOf());
    const { url, observer } = await startPrometheusExporter(test, '', [costSource(), pulled(sourceOf([gauge.family]))]);
    await send(`${url}/metrics`, undefined, { method: 'GET' });
    assert.match(observer.text, /cannot show a metric.*"metric":"openrouter_cost_usd"/);
  });
});

describe('settings', () => {
  for (const [yaml, line] of [
    ['namespace: llm', /^llm_openrouter_cost_usd_total\{/m],
    ['namespace: _2nd__my_app_', /^_2nd_my_app_openrouter_cost_usd_total\{/m],
    ['const_labels: { env: prod }', /,env="prod"\} 5 #/],
    ['translation_strategy: UnderscoreEscapingWithoutSuffixes', /^openrouter_cost_usd\{/m],
    ['send_timestamps: true', /\} 5 \d{10}\.\d{3} # \{/],
    ['enable_open_metrics: false', /\} 5\n$/],
    ['without_scope_info: true', /\} 5 #/],
    ['resource_constant_labels: { included: [service.name] }', /\} 5 #/],
    ['resource_to_telemetry_conversion: { enabled: true }', /\} 5 #/],
    ['sending_queue: { enabled: true }', /\} 5 #/],
    ['add_metric_suffixes: false', /\} 5 #/],
  ] as const) {
    it(`${yaml} gives ${line}`, async (test) => {
      const { url } = await startPrometheusExporter(test, yaml, [costSource()]);
      const { body } = await get(`${url}/metrics`, openMetrics);
      assert.match(body, line);
    });
  }

  for (const [yaml, expected] of [
    ['namespace: 9bad-', /expected letters, digits, "_" and ":", no digit first, such as "_9bad", got "9bad-"/],
    ['namespace: "-"', /expected letters, digits, "_" and ":", no digit first, got "-"/],
    ['const_labels: { le: a }', /expected a label name/],
    ['const_labels: { __name__: a }', /expected a label name/],
    ['const_labels: { "a-b": a }', /expected a label name/],
    ['translation_strategy: NoTranslation', /names are escaped to \[a-zA-Z0-9_:\]/],
    ['translation_strategy: NoUTF8EscapingWithSuffixes', /names are escaped to \[a-zA-Z0-9_:\]/],
    ['write_timeout: 0', /expected a duration above 0/],
    ['metric_expiration: 5m', /metric_expiration: known to the Collector, not supported here/],
    ['metric_expirationn: 5m', /metric_expirationn: unknown key/],
  ] as const) {
    it(`${yaml} is a fault`, async (test) => {
      await assert.rejects(startPrometheusExporter(test, yaml), expected);
    });
  }

  it('show spending on this machine only, unless told otherwise', () => {
    const config = prometheusExporter.config.parse({});
    assert.deepEqual(prometheusExporter.listens?.(config), [
      { path: 'endpoint', host: 'localhost', port: 9464, purpose: 'admin', protected: false },
    ]);
  });
});
