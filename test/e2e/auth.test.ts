/** A receiver that wants a token, as it stands in a config for the internet. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Daemon, startDaemon } from '../helpers/daemon.ts';
import { Destination } from '../helpers/destination.ts';
import { freePort } from '../helpers/free-ports.ts';
import { type Answer, send } from '../helpers/http.ts';
import { sample } from '../helpers/samples.ts';
import { until } from '../helpers/until.ts';

const TOKEN = 'correct-horse-battery-staple';
const TEMPO_TOKEN = 'staple-battery-horse-correct';

describe('a receiver that wants a token', () => {
  let daemon: Daemon;
  let tempo: Destination;
  let traces: string;

  before(async () => {
    tempo = await Destination.open();
    const intake = await freePort();
    traces = `http://127.0.0.1:${intake}/v1/traces`;
    daemon = await startDaemon(
      `
extensions:
  bearertokenauth: { token: "\${env:INGEST_TOKEN}" }
  bearertokenauth/tempo: { token: "\${env:TEMPO_TOKEN}" }
receivers:
  otlp:
    protocols:
      http:
        endpoint: 127.0.0.1:${intake}
        auth: { authenticator: bearertokenauth }
exporters:
  otlp_http/tempo:
    endpoint: '${tempo.url}'
    auth: { authenticator: bearertokenauth/tempo }
service:
  extensions: [bearertokenauth, bearertokenauth/tempo]
  pipelines:
    traces: { receivers: [otlp], exporters: [otlp_http/tempo] }
`,
      { INGEST_TOKEN: TOKEN, TEMPO_TOKEN },
    );
  });

  after(() => daemon?.stop());

  for (const authorization of [undefined, 'Bearer wrong', `Bearer ${TOKEN}x`, `Basic ${TOKEN}`, TOKEN]) {
    it(`refuses before anything else: ${authorization ?? 'no header'}`, async () => {
      for (const body of [sample('S01'), '', 'hello']) {
        const answer = await sent(authorization, body);
        assert.equal(answer.status, 401);
        assert.ok(answer.headers['www-authenticate']);
      }
    });
  }

  it('takes what comes with the token and forwards it with the token of the destination', async () => {
    assert.equal((await sent(`Bearer ${TOKEN}`, sample('S01'))).status, 200);
    await until('the request', () => tempo.accepted.length === 1);
    assert.ok(tempo.accepted[0]?.equals(sample('S01')));
    assert.equal(tempo.arrived[0]?.headers.authorization, `Bearer ${TEMPO_TOKEN}`);
  });

  it('says nothing of a token in its log', () => {
    assert.ok(!daemon.stderr().includes(TOKEN) && !daemon.stderr().includes(TEMPO_TOKEN));
  });

  function sent(authorization: string | undefined, body: string | Buffer): Promise<Answer> {
    const headers = { 'content-type': 'application/json', ...(authorization === undefined ? {} : { authorization }) };
    return send(traces, body, { headers });
  }
});
