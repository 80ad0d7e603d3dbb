/** What a real Prometheus has stored after it scraped the daemon. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Daemon, startDaemon } from '../helpers/daemon.ts';
import { Destination } from '../helpers/destination.ts';
import { freePort } from '../helpers/free-ports.ts';
import { post, send } from '../helpers/http.ts';
import { Page } from '../helpers/page.ts';
import { findPrometheus, lintPage, type Prometheus, startPrometheus } from '../helpers/prometheus.ts';
import { SAMPLES, TOTAL_COST_USD } from '../helpers/samples.ts';
import { until } from '../helpers/until.ts';

const peer = findPrometheus();

describe('a Prometheus that scrapes the daemon', { skip: peer.missing }, () => {
  let daemon: Daemon;
  let prometheus: Prometheus;
  let page: string;

  before(async () => {
    const [intake, admin] = [await freePort(), await freePort()];
    const tempo = await Destination.open();
    daemon = await startDaemon(`
receivers:
  otlp: { protocols: { http: { endpoint: 127.0.0.1:${intake} } } }
connectors:
  genai: { series: { initial: 3s } }
exporters:
  prometheus: { endpoint: 127.0.0.1:${admin} }
  otlp_http/tempo: { endpoint: '${tempo.url}' }
service:
  pipelines:
    traces:  { receivers: [otlp],  exporters: [genai, otlp_http/tempo] }
    metrics: { receivers: [genai], exporters: [prometheus] }
`);
    prometheus = await startPrometheus(`127.0.0.1:${admin}`);
    await until('a first scrape', async () => (await prometheus.value('up')) === 1);
    for (const { name, body } of SAMPLES)
      assert.equal((await post(`http://127.0.0.1:${intake}/v1/traces`, body)).status, 200, name);
    const whole = async () => (await prometheus.value('sum(openrouter_requests_total)')) === 15;
    await until('every request stored', whole, 20_000);
    page = (await send(`http://127.0.0.1:${admin}/metrics`, undefined, { method: 'GET' })).body;
  });

  after(() => daemon?.stop());

  it('finds the target up, every time', async () => {
    assert.equal(await prometheus.value('up'), 1);
    assert.equal(await prometheus.value('min_over_time(up[5m])'), 1);
  });

  it('has the exact cost, to the last digit that it can hold', async () => {
    assert.equal(await prometheus.value('sum(openrouter_cost_usd_total)'), Number(TOTAL_COST_USD));
    const counted = new Page(page);
    for (const { metric, value } of await prometheus.query('openrouter_cost_usd_total')) {
      const { model = '', provider = '' } = metric;
      assert.equal(Number(value?.[1]), Number(counted.sum('openrouter_cost_usd_total', { model, provider })), model);
    }
  });

  for (const name of [
    'openrouter_cost_usd_total',
    'openrouter_requests_total',
    'openrouter_tokens_total',
    'gen_ai_client_operation_duration_seconds_count',
    'gen_ai_client_token_usage_bucket',
  ]) {
    it(`loses nothing of the first amount of a series: ${name}`, async () => {
      const stored = await prometheus.query(`${name}[5m]`);
      assert.ok(stored.length > 0);
      for (const { metric, values = [] } of stored) {
        const labels = JSON.stringify(metric);
        assert.equal(Number(values[0]?.[1]), 0, `begins at 0: ${labels}`);
        const [increase, amount] = [await increaseOf(metric), Number(values.at(-1)?.[1])];
        assert.ok(increase !== undefined && increase >= amount, `increase() is ${increase}, ${amount} came: ${labels}`);
      }
    });
  }

  it('has exemplars that lead to traces that were sent', async () => {
    const sent = SAMPLES.map(({ body }) => body.toString()).join();
    for (const name of [
      'openrouter_cost_usd_total',
      'openrouter_requests_total',
      'gen_ai_client_operation_duration_seconds_bucket',
    ]) {
      const stored = (await prometheus.exemplars(name)).flatMap(({ exemplars }) => exemplars);
      assert.ok(stored.length > 0, `there is one of ${name}`);
      for (const { labels } of stored) {
        assert.match(labels['trace_id'] ?? '', /^[0-9a-f]{32}$/);
        assert.ok(sent.includes(`"traceId":"${labels['trace_id']}","spanId":"${labels['span_id']}"`), JSON.stringify(labels));
      }
    }
  });

  it('has nothing to say about the page', () => {
    assert.equal(lintPage(page), '');
  });

  async function increaseOf(metric: Readonly<Record<string, string>>): Promise<number | undefined> {
    const { __name__: name, ...labels } = metric;
    const matchers = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
    return prometheus.value(`increase(${name}{${matchers.join()}}[5m])`);
  }
});
