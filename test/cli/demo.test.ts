/** The demo as a person runs it: it starts at once, shows what comes, and accounts for all of it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { startChild, untilReady } from '../helpers/children.ts';
import { cli } from '../helpers/cli.ts';
import { cleanEnvironment, MAIN, ROOT, runToEnd } from '../helpers/daemon.ts';
import { Destination } from '../helpers/destination.ts';
import { temporaryFolder } from '../helpers/file-exporter.ts';
import { freePort } from '../helpers/free-ports.ts';
import { send } from '../helpers/http.ts';
import { Page } from '../helpers/page.ts';

const READY_TARGET_SECONDS = 2;
/** Some of them fail, some have no known cost and some cost nothing. */
const REQUESTS = 100;

function startDemo(args: readonly string[], folder = temporaryFolder()) {
  return startChild(process.execPath, [MAIN, 'demo', ...args], { cwd: folder, env: cleanEnvironment(folder, {}) });
}

function addressIn(stdout: string, name: string): string {
  return new RegExp(`^ +${name} +(http\\S+)`, 'm').exec(stdout)?.[1] ?? assert.fail(stdout);
}

/** `…\ntotal  150  3  …  $0.5` as texts. */
function totalIn(stdout: string): readonly string[] {
  const line = stdout.split('\n').find((candidate) => candidate.startsWith('total ')) ?? assert.fail(stdout);
  return line.split(/ {2,}/);
}

describe('demo', () => {
  it('serves its page until Ctrl-C, and has counted and forwarded exactly what it made up', async (test) => {
    const demo = startDemo(['--rate', '80', '--seed', '4']);
    await untilReady(demo, 'the demo', () => demo.stdout().includes('OTLP'));
    const metrics = addressIn(demo.stdout(), 'metrics');
    const shown = async () => new Page((await send(metrics, undefined, { method: 'GET' })).body);
    const isEnough = async () => Number((await shown()).sum('openrouter_requests_total') ?? 0) > REQUESTS;
    await untilReady(demo, 'enough requests', isEnough, 60_000);
    demo.kill('SIGINT');
    assert.equal(await demo.exited, 0, demo.stderr());
    const stdout = demo.stdout();
    assert.match(stdout, /^spanmeter \S+ {2}demo: made-up traffic, nothing leaves this computer +ready in /);
    const [, requests, errors, , , unknown, cost] = totalIn(stdout);
    assert.ok(Number(requests) > REQUESTS, `${requests} requests`);
    assert.ok(Number(errors) > 0 && Number(unknown) > 0);
    assert.match(cost!, /^\$\d+\.\d{5,}$/);
    assert.match(stdout, /\$0 \(free\)/);
    assert.match(stdout, /\ncounted exactly what was sent\nforwarded: \d+ spans, each once\n$/);
    const [, seconds] = /ready in (\S+) s/.exec(stdout)!;
    test.diagnostic(`ready in ${seconds} s, to be under ${READY_TARGET_SECONDS} s`);
    assert.ok(Number(seconds) < 10 * READY_TARGET_SECONDS);
  });

  it('moves away from a port that is taken', async () => {
    const blockers = await Promise.all(
      [4318, 9464, 8888].map(async (port) => {
        const server = createServer().listen(port, '127.0.0.1');
        return once(server, 'listening').then(
          () => server,
          () => undefined, // another program has it: just as well
        );
      }),
    );
    try {
      const demo = startDemo(['--duration', '300ms', '--rate', '20']);
      assert.equal(await demo.exited, 0, demo.stderr());
      assert.notEqual(new URL(addressIn(demo.stdout(), 'OTLP')).port, '4318');
      assert.notEqual(new URL(addressIn(demo.stdout(), 'metrics')).port, '9464');
    } finally {
      for (const server of blockers) server?.close();
    }
  });

  it('tells when something was counted that it did not send, and ends with 1', async () => {
    const demo = startDemo(['--rate', '5']);
    await untilReady(demo, 'the demo', () => demo.stdout().includes('OTLP'));
    const span = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), name: 'chat' };
    const attributes = [
      { key: 'gen_ai.operation.name', value: { stringValue: 'chat' } },
      { key: 'gen_ai.request.model', value: { stringValue: 'intruder' } },
    ];
    const body = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [{ ...span, attributes }] }] }] });
    const headers = { 'content-type': 'application/json' };
    assert.equal((await send(addressIn(demo.stdout(), 'OTLP'), body, { headers })).status, 200);
    demo.kill('SIGTERM');
    assert.equal(await demo.exited, 1);
    assert.match(demo.stdout(), /^intruder +1 /m);
    assert.match(demo.stderr(), /^cannot account for all traffic: /);
    assert.doesNotMatch(demo.stderr(), /intruder/);
  });
});

describe('demo with a config', () => {
  it('runs it as it is: its dimensions, its names, its authentication, its destinations', async () => {
    const destination = await Destination.open();
    const text = `
receivers: { otlp: { protocols: { http: { endpoint: 127.0.0.1:${await freePort()}, auth: { authenticator: bearertokenauth } } } } }
processors: { redact_content: }
connectors: { genai: { prefix: llm, dimensions: [trace.metadata.team] } }
exporters:
  prometheus: { endpoint: 127.0.0.1:${await freePort()}, namespace: me, auth: { authenticator: bearertokenauth } }
  otlp_http: { endpoint: '${destination.url}' }
extensions: { bearertokenauth: { token: canary-token } }
service:
  extensions: [bearertokenauth]
  telemetry: { metrics: { level: none }, logs: { level: warn } }
  pipelines:
    traces: { receivers: [otlp], processors: [redact_content], exporters: [genai, otlp_http] }
    metrics: { receivers: [genai], exporters: [prometheus] }
`;
    const { code, stdout, stderr } = await runToEnd(
      ['demo', '-c', 'spanmeter.yaml', '--duration', '500ms', '--rate', '40'],
      text,
    );
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^spanmeter \S+ {2}demo: made-up traffic, forwarded as the config says/);
    assert.match(stdout, /\ncounted exactly what was sent\n$/);
    assert.doesNotMatch(stdout + stderr, /canary/);
    const [, counted = '0'] = /^total +(\d+)/m.exec(stdout) ?? [];
    assert.ok(Number(counted) > 0 && destination.spanIds.length >= Number(counted), 'what was counted was forwarded');
  });

  it('talks TLS where the config listens so, though the certificate is for nobody here', async () => {
    const pem = (name: string) => join(ROOT, 'test/fixtures/tls', name);
    const text = `
receivers:
  otlp: { protocols: { http: { endpoint: 127.0.0.1:${await freePort()}, tls: { cert_file: ${pem('cert.pem')}, key_file: ${pem('key.pem')} } } } }
connectors: { genai: }
exporters: { prometheus: { endpoint: 127.0.0.1:${await freePort()} } }
service:
  telemetry: { metrics: { level: none }, logs: { level: error } }
  pipelines: { traces: { receivers: [otlp], exporters: [genai] }, metrics: { receivers: [genai], exporters: [prometheus] } }
`;
    const { code, stdout, stderr } = await runToEnd(
      ['demo', '-c', 'spanmeter.yaml', '--duration', '300ms', '--rate', '40'],
      text,
    );
    assert.equal(code, 0, stderr);
    assert.match(addressIn(stdout, 'OTLP'), /^https:/);
    assert.match(stdout, /\ncounted exactly what was sent\n$/);
  });

  it('ends with 1 where there are no figures to show', async () => {
    const text = `
receivers: { otlp: { protocols: { http: { endpoint: 127.0.0.1:${await freePort()} } } } }
exporters: { debug: }
service:
  telemetry: { metrics: { level: none } }
  pipelines: { traces: { receivers: [otlp], exporters: [debug] } }
`;
    const { code, stderr } = await runToEnd(['demo', '-c', 'spanmeter.yaml', '--duration', '1s'], text);
    assert.equal(code, 1);
    assert.match(stderr, /a demo needs a receiver otlp, and a connector genai that an exporter prometheus shows/);
  });

  it('ends with 78 and the report where it has faults', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'spanmeter.yaml'), 'receivers: 1\n');
    const { exitCode, stdout, stderr } = await cli(['demo', '-c', 'spanmeter.yaml'], { directory: folder });
    assert.deepEqual([exitCode, stdout], [78, '']);
    assert.match(stderr, /error\[/);
  });

  it('looks for no file that was not named', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'spanmeter.yaml'), 'receivers: 1\n');
    const demo = startDemo(['--duration', '100ms'], folder);
    assert.equal(await demo.exited, 0, demo.stderr());
  });
});

describe('options of the demo', () => {
  for (const [option, value, message] of [
    ['--duration', '30', /expected a time such as "30s"/],
    ['--duration', '0s', /expected a time such as "30s"/],
    ['--rate', '0', /expected a number above 0/],
    ['--rate', 'fast', /expected a number above 0/],
    ['--seed', '1.5', /expected a whole number/],
  ] as const) {
    it(`${option} ${value} ends with 2`, async () => {
      const { exitCode, stderr } = await cli(['demo', option, value]);
      assert.equal(exitCode, 2);
      assert.match(stderr, message);
    });
  }
});
