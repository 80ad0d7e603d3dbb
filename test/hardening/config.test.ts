/** Every kind of fault in a config: all of them told at once, with their place, and nothing started or given away. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runToEnd } from '../helpers/daemon.ts';
import { freePort } from '../helpers/free-ports.ts';
import { CANARY } from './target.ts';

const FAULTY = `extensions:
  bearertokenauth: { token: ${CANARY}, tokn: ${CANARY} }
  basicauth: { htpasswd: { inline: "${CANARY}" } }
receivers:
  otlp:
    protocols:
      http:
        endpoint: localhost:14318
        auth: { authenticator: nobody }
  otlp/again:
    protocols: { http: { endpoint: "127.0.0.1:14318" } }
  otlp/size:
    protocols: { http: { max_request_body_size: many } }
connectors:
  genai:
exporters:
  prometheus: { endpoint: localhost }
  otlp_http: { endpoint: "tempo:4318", headers: { authorization: "${CANARY}\\n" }, timeout: 5 }
  otlp_http/token: { endpoint: "http://user:${CANARY}@tempo:4318" }
processors:
  memory_limiter: { check_interval: 1s, limit_mib: 100, spike_limit_mib: 200 }
service:
  extensions: [bearertokenauth, basicauth]
  pipelines:
    traces: { receivers: [otlp, otlp/again, otlp/size], processors: [memory_limiter], exporters: [genai, otlp_http, otlp_http/token, gone] }
    metrics: { receivers: [genai], exporters: [prometheus] }
`;

describe('a config with a fault of every kind', () => {
  for (const verb of ['validate', 'run']) {
    it(`is refused by ${verb} as a whole: every fault with its line, no secret, exit 78`, async () => {
      const { code, stdout, stderr } = await runToEnd([verb, '-c', 'spanmeter.yaml'], FAULTY);
      const report = stdout + stderr;
      assert.equal(code, 78, report);
      for (const place of [
        'spanmeter.yaml:2:44', // an unknown key
        'spanmeter.yaml:3:36', // what is no htpasswd entry
        'spanmeter.yaml:9:32', // an authenticator that is not there
        'spanmeter.yaml:11:36', // a port that is taken already
        'spanmeter.yaml:13:49', // what is no size
        'spanmeter.yaml:17:27', // an address without a port
        'spanmeter.yaml:18:26', // no URL
        'spanmeter.yaml:18:66', // a line break in a header
        'spanmeter.yaml:18:96', // a duration without a unit
        'spanmeter.yaml:19:32', // a password in a URL
        'spanmeter.yaml:21:74', // limits that contradict each other
        'spanmeter.yaml:25:134', // an exporter that is not there
      ]) {
        assert.ok(report.includes(place), `${place}\n${report}`);
      }
      assert.ok(!report.includes(CANARY), report);
      assert.doesNotMatch(report, /"listening"/);
    });
  }
});

describe('a fault that only the start can find', () => {
  const configWith = async (extension: string, http = '') => `extensions:
  bearertokenauth: ${extension}
receivers:
  otlp: { protocols: { http: { endpoint: "127.0.0.1:${await freePort()}", auth: { authenticator: bearertokenauth }${http} } } }
exporters:
  otlp_http: { endpoint: "http://127.0.0.1:9" }
service:
  extensions: [bearertokenauth]
  telemetry: { metrics: { level: none } }
  pipelines:
    traces: { receivers: [otlp], exporters: [otlp_http] }
`;

  for (const [what, extension, http, told] of [
    [
      'a file of tokens that is not there',
      '{ filename: /no/such/tokens }',
      '',
      /cannot read secrets from \\?"\/no\/such\/tokens/,
    ],
    [
      'a certificate that is not there',
      '{ token: a }',
      ', tls: { cert_file: /no/cert, key_file: /no/key }',
      /cannot read tls.cert_file/,
    ],
  ] as const) {
    it(`ends it with the reason and exit 1: ${what}`, async () => {
      const { code, stderr } = await runToEnd(['run', '-c', 'spanmeter.yaml'], await configWith(extension, http));
      assert.equal(code, 1, stderr);
      assert.match(stderr, told);
      assert.doesNotMatch(stderr, /"msg":"started"/);
    });
  }
});

describe('a variable without a value', () => {
  const CONFIG = `extensions:
  bearertokenauth: { token: "\${env:NO_SUCH_TOKEN}" }
receivers:
  otlp: { protocols: { http: { auth: { authenticator: bearertokenauth } } } }
exporters:
  otlp_http: { endpoint: "http://127.0.0.1:9" }
service:
  extensions: [bearertokenauth]
  pipelines:
    traces: { receivers: [otlp], exporters: [otlp_http] }
`;

  it('is a warning to validate, and an error to run, with its line', async () => {
    const validated = await runToEnd(['validate', '-c', 'spanmeter.yaml'], CONFIG);
    assert.match(validated.stdout + validated.stderr, /spanmeter\.yaml:2:\d+/);
    assert.match(validated.stdout + validated.stderr, /NO_SUCH_TOKEN/);
    const run = await runToEnd(['run', '-c', 'spanmeter.yaml'], CONFIG);
    assert.equal(run.code, 78);
    assert.match(run.stderr, /spanmeter\.yaml:2:\d+/);
  });
});
