/** Applications of other languages whose OpenTelemetry SDK sends protobuf, in old and new words for the same things. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startChild } from '../helpers/children.ts';
import { startDaemon } from '../helpers/daemon.ts';
import { Destination } from '../helpers/destination.ts';
import { freePort } from '../helpers/free-ports.ts';
import { send } from '../helpers/http.ts';
import { Page } from '../helpers/page.ts';
import { jsonOf } from '../helpers/protobuf.ts';
import { javascriptApp, pythonApp, type SdkApp } from '../helpers/sdk-apps.ts';
import { until } from '../helpers/until.ts';

const SPANS = 6;

async function run({ program, args }: SdkApp) {
  const tempo = await Destination.open();
  const [intake, admin] = [await freePort(), await freePort()];
  const daemon = await startDaemon(`
receivers:
  otlp: { protocols: { http: { endpoint: 127.0.0.1:${intake} } } }
connectors:
  genai:
exporters:
  prometheus: { endpoint: 127.0.0.1:${admin} }
  otlp_http: { endpoint: '${tempo.url}' }
service:
  telemetry: { metrics: { level: none } }
  pipelines:
    traces:  { receivers: [otlp],  exporters: [genai, otlp_http] }
    metrics: { receivers: [genai], exporters: [prometheus] }
`);
  const app = startChild(program, [...args, `http://127.0.0.1:${intake}/v1/traces`]);
  assert.equal(await app.exited, 0, app.stderr());
  const forwarded = () => tempo.accepted.flatMap((body) => jsonOf(body).match(/"spanId":/g) ?? []).length;
  await until('the spans at the destination', () => forwarded() === SPANS);
  const page = new Page((await send(`http://127.0.0.1:${admin}/metrics`, undefined, { method: 'GET' })).body);
  await daemon.stop();
  return { page, said: app.stdout() + app.stderr(), arrived: tempo.arrived };
}

for (const [language, app] of [
  ['Python', await pythonApp()],
  ['JavaScript', await javascriptApp()],
] as const) {
  describe(`the SDK of ${language}`, { skip: app.missing }, async () => {
    let ran: Awaited<ReturnType<typeof run>>;

    it('sends all of its spans in protobuf, and has nothing to complain of', async () => {
      ran = await run(app);
      assert.doesNotMatch(ran.said, /error|fail|retry|exception/i);
      assert.ok(ran.arrived.every(({ headers }) => headers['content-type'] === 'application/x-protobuf'));
    });

    it('has its model calls counted, and nothing else that it traces', () => {
      const requests = 'openrouter_requests_total';
      const expected = { 'new-semconv': '2', 'old-semconv': '1', priced: '1', failed: '1' };
      assert.deepEqual(ran.page.sumBy('model', requests), expected);
      assert.equal(ran.page.sum(requests, { outcome: 'error', model: 'failed' }), '1');
    });

    it('has its tokens counted, in old words and in new ones', () => {
      const tokens = 'openrouter_tokens_total';
      assert.deepEqual(ran.page.sumBy('type', tokens, { model: 'new-semconv' }), { input: '2000', output: '80' });
      assert.deepEqual(ran.page.sumBy('type', tokens, { model: 'old-semconv' }), { input: '7', output: '5' });
      const details = ran.page.sumBy('type', 'openrouter_token_details_total', { model: 'new-semconv' });
      assert.deepEqual(details, { cache_read: '1200', reasoning: '60' });
    });

    it('has a cost counted where there is one, and none made of nothing', () => {
      assert.equal(ran.page.sum('openrouter_cost_usd_total', { model: 'priced' }), '0.0123');
      for (const model of ['new-semconv', 'old-semconv']) {
        assert.equal(ran.page.sum('openrouter_cost_usd_total', { model }), undefined);
        const missing = ran.page.sum('openrouter_requests_without_cost_total', { model, reason: 'missing' });
        assert.equal(missing, ran.page.sum('openrouter_requests_total', { model }));
      }
    });
  });
}
