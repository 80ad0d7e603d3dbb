/** The daemon's own metrics over a real socket, as Prometheus reads them. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { metrics } from '@opentelemetry/api';
import { Meters } from '../../src/telemetry/meters.ts';
import { OWN_METRICS } from '../../src/telemetry/names.ts';
import { send } from '../helpers/http.ts';
import { Observer } from '../helpers/observer.ts';
import { addressOf } from '../helpers/running-exporter.ts';

const OPTION = 'service.telemetry.metrics.address';

async function start(test: TestContext, port = 0, resource = {}) {
  const observer = new Observer();
  const endpoint = { host: 'localhost', port, option: OPTION };
  const meters = new Meters({ endpoint, resource }, observer.context('telemetry/metrics'));
  test.after(() => meters.shutdown(AbortSignal.timeout(5_000)));
  await meters.start();
  const url = addressOf(observer);
  const page = async () => (await send(`${url}/metrics`, undefined, { method: 'GET' })).body;
  return { meters, observer, url, page };
}

describe('the page of own metrics', () => {
  it('shows counts under their names, and "_total" once', async (test) => {
    const { meters, page } = await start(test);
    meters.count('otelcol_exporter_sent_spans_total', { exporter: 'otlp_http/tempo' }, 3);
    meters.count('otelcol_exporter_sent_spans_total', { exporter: 'otlp_http/tempo' });
    const text = await page();
    assert.match(text, /^otelcol_exporter_sent_spans_total\{exporter="otlp_http\/tempo"\} 4$/m);
    assert.match(text, /^# TYPE otelcol_exporter_sent_spans_total counter$/m);
    assert.doesNotMatch(text, /_total_total|otel_scope/);
  });

  it('shows what was recorded as a histogram, or the last value of a gauge', async (test) => {
    const { meters, page } = await start(test);
    const labels = { exporter: 'prometheus', format: 'text-0.0.4' };
    for (const seconds of [0.002, 0.2]) meters.record('spanmeter_scrape_duration_seconds', labels, seconds);
    for (const bytes of [7, 5]) meters.record('spanmeter_scrape_bytes', labels, bytes);
    const text = await page();
    assert.match(text, /^spanmeter_scrape_duration_seconds_count\{exporter="prometheus",format="text-0.0.4"\} 2$/m);
    assert.match(text, /^spanmeter_scrape_duration_seconds_bucket\{.*le="0.0025"\} 1$/m);
    assert.match(text, /^spanmeter_scrape_bytes\{exporter="prometheus",format="text-0.0.4"\} 5$/m);
  });

  it('asks for readings each time', async (test) => {
    const { meters, page } = await start(test);
    let value = 1;
    meters.read(() => [{ name: 'otelcol_exporter_queue_size', labels: { exporter: 'a', data_type: 'traces' }, value }]);
    meters.read(() => [{ name: 'otelcol_process_uptime_total', labels: {}, value }]);
    assert.match(await page(), /^otelcol_exporter_queue_size\{exporter="a",data_type="traces"\} 1$/m);
    value = 2;
    const text = await page();
    assert.match(text, /^otelcol_exporter_queue_size\{exporter="a",data_type="traces"\} 2$/m);
    assert.match(text, /^otelcol_process_uptime_total 2$/m);
  });

  it('says whose they are', async (test) => {
    const { page } = await start(test, 0, { 'service.name': 'spanmeter', replica: 2 });
    assert.match(await page(), /^target_info\{service_name="spanmeter",replica="2"\} 1$/m);
  });

  it('escapes what components are called', async (test) => {
    const { meters, page } = await start(test);
    meters.count('otelcol_exporter_sent_spans_total', { exporter: 'otlp_http/"\\\n' });
    assert.ok((await page()).includes(String.raw`sent_spans_total{exporter="otlp_http/\"\\\n"} 1`));
  });

  it('is there with all other figures when one cannot be read, and the log says so', async (test) => {
    const { meters, observer, page } = await start(test);
    meters.count('otelcol_exporter_sent_spans_total', { exporter: 'a' });
    meters.read(() => {
      throw new Error('no such journal');
    });
    assert.match(await page(), /^otelcol_exporter_sent_spans_total\{exporter="a"\} 1$/m);
    assert.match(observer.text, /cannot read metrics of the daemon.*no such journal/);
  });

  it('is text of Prometheus with its version, at /metrics and nowhere else', async (test) => {
    const { url } = await start(test);
    const { headers } = await send(`${url}/metrics`, undefined, { method: 'GET' });
    assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
    assert.equal((await send(`${url}/`, undefined, { method: 'GET' })).status, 404);
    const stranger = await send(`${url}/metrics`, undefined, { method: 'GET', headers: { host: 'attacker.example' } });
    assert.equal(stranger.status, 403);
  });
});

describe('own metrics', () => {
  it('stay apart: two daemons in one process do not share them, nor does anything reach the global API', async (test) => {
    const [one, other] = [await start(test), await start(test)];
    one.meters.count('otelcol_exporter_sent_spans_total', { exporter: 'a' });
    metrics.getMeter('elsewhere').createCounter('leaked').add(1);
    assert.doesNotMatch(await other.page(), /otelcol_exporter_sent_spans_total\{/);
    assert.doesNotMatch(await one.page(), /leaked/);
  });

  it('name port and option when the port is taken', async (test) => {
    const { url } = await start(test);
    const { port } = new URL(url);
    await assert.rejects(start(test, Number(port)), ({ message }: Error) => {
      assert.ok(message.includes(`localhost:${port}`) && message.includes(OPTION), message);
      return true;
    });
  });

  it('stop before their start, twice, and without waiting for a scraper that keeps its connection', async (test) => {
    const { meters, page } = await start(test);
    await page();
    await meters.shutdown(new AbortController().signal);
    await meters.shutdown(new AbortController().signal);
    await assert.rejects(page(), /ECONNREFUSED/);
    const settings = { endpoint: { host: 'localhost', port: 0, option: OPTION }, resource: {} };
    await new Meters(settings, new Observer().context('telemetry/metrics')).shutdown(AbortSignal.timeout(1_000));
  });
});

describe('the list of own metrics', () => {
  it('names none twice', () => {
    const names = OWN_METRICS.map(({ name }) => name);
    assert.deepEqual(names, [...new Set(names)]);
  });

  it('has counters that end in _total, and nothing else that does', () => {
    for (const { name, kind } of OWN_METRICS) assert.equal(name.endsWith('_total'), kind === 'counter', name);
  });

  it('explains each in one line', () => {
    for (const { name, help } of OWN_METRICS) assert.match(help, /^[A-Z0-9][^\n]*\.$/, name);
  });
});
