/** With the journal on disk, what was acknowledged is there after a kill: counters to the last digit, copies known, spans sent. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { startDaemon } from '../helpers/daemon.ts';
import { Destination, spanIdsIn } from '../helpers/destination.ts';
import { freePort } from '../helpers/free-ports.ts';
import { post, send } from '../helpers/http.ts';
import { SAMPLES } from '../helpers/samples.ts';
import { until } from '../helpers/until.ts';

const directory = mkdtempSync(join(tmpdir(), 'spanmeter-durable-'));
after(() => rmSync(directory, { recursive: true, force: true }));

describe('a daemon with its journal on disk', () => {
  it('goes on after kill -9 as if nothing had happened', async () => {
    const [intake, admin] = [await freePort(), await freePort()];
    const tempo = await Destination.open();
    const down = { port: await freePort() };
    const config = (endpoint: string) => `
receivers: { otlp: { protocols: { http: { endpoint: 127.0.0.1:${intake} } } } }
connectors: { genai: }
exporters:
  prometheus: { endpoint: 127.0.0.1:${admin} }
  otlp_http/tempo: { endpoint: '${endpoint}' }
service:
  journal: { storage: disk, directory: '${directory}', min_free: 1MiB }
  pipelines:
    traces: { receivers: [otlp], exporters: [genai, otlp_http/tempo] }
    metrics: { receivers: [genai], exporters: [prometheus] }
`;
    const postAll = async () => {
      for (const { body } of SAMPLES) assert.equal((await post(`http://127.0.0.1:${intake}/v1/traces`, body)).status, 200);
    };
    // Received, but how long ago, is the one figure that differs between two deliveries of the same spans.
    const page = async () => {
      const { body } = await send(`http://127.0.0.1:${admin}/metrics`, undefined, { method: 'GET' });
      return String(body).replaceAll(/^openrouter_ingest_delay.*\n/gm, '');
    };
    const first = await startDaemon(config(`http://127.0.0.1:${down.port}`));
    await postAll();
    const before = await page();
    assert.match(before, /openrouter_cost_usd_total/);
    process.kill(first.pid, 'SIGKILL');

    await until(
      'the port is free again',
      async () => (await send(`http://127.0.0.1:${admin}/`, undefined, { method: 'GET' }).catch(() => undefined)) === undefined,
    );
    const second = await startDaemon(config(tempo.url));
    assert.equal(await page(), before);
    await postAll();
    assert.equal(await page(), before);
    const sent = new Set(SAMPLES.flatMap(({ body }) => spanIdsIn(body)));
    await until('every span reached the destination', () => {
      const arrived = new Set(tempo.arrived.flatMap(({ body }) => spanIdsIn(body)));
      return [...sent].every((id) => arrived.has(id));
    });
    await second.stop();
    assert.doesNotMatch(second.stderr(), /"level":"error"/);
  });
});
