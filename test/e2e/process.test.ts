/** The daemon as a process: how it is started and ended, and what it says and exits with when it cannot run. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';
import { startChild, untilReady } from '../helpers/children.ts';
import { cleanEnvironment, folderWith, logLines, MAIN, ROOT, runToEnd, startDaemon } from '../helpers/daemon.ts';
import { freePort } from '../helpers/free-ports.ts';
import { post, send } from '../helpers/http.ts';
import { until } from '../helpers/until.ts';

/** Takes spans and passes them on to nobody that answers. */
function config(intake: number, more = ''): string {
  return `
receivers:
  otlp:
    protocols:
      http:
        endpoint: 127.0.0.1:${intake}
exporters:
  otlp_http/tempo: { endpoint: 'http://127.0.0.1:9' }
service:
  pipelines:
    traces: { receivers: [otlp], exporters: [otlp_http/tempo] }
  telemetry: { metrics: { level: none } }
${more}`;
}

describe('the daemon started by npm', () => {
  it('finds a config relative to where the person stands, and ends cleanly when npm is told to', async () => {
    const intake = await freePort();
    const folder = folderWith(config(intake));
    const traces = `http://127.0.0.1:${intake}/v1/traces`;
    try {
      const npm = startChild('npm', ['--prefix', ROOT, 'run', '-s', 'spanmeter', '--', 'run', '-c', 'spanmeter.yaml'], {
        cwd: folder,
        env: cleanEnvironment(folder, { npm_config_update_notifier: 'false' }),
      });
      await untilReady(npm, 'the daemon', () => logLines(npm.stderr()).some(({ msg }) => msg === 'started'));
      assert.equal((await post(traces, '{}')).status, 200);
      npm.kill('SIGTERM');
      assert.equal(await npm.exited, 0);
      await assert.rejects(post(traces, '{}'), { code: 'ECONNREFUSED' });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('a warning of the runtime', () => {
  it('is passed on, unless it is about the lock of the journal', async () => {
    const warn = (text: string) => `process.emitWarning(${JSON.stringify(text)}, "ExperimentalWarning")`;
    const told = `process.on('SIGUSR2', () => { ${warn('SQLite is an experimental feature')}; ${warn('Something else is')}; })`;
    const folder = folderWith(config(await freePort()));
    const args = ['--import', `data:text/javascript,${encodeURIComponent(told)}`, MAIN, 'run', '-c', 'spanmeter.yaml'];
    const child = startChild(process.execPath, args, { cwd: folder, env: cleanEnvironment(folder, {}) });
    await untilReady(child, 'the daemon', () => logLines(child.stderr()).some(({ msg }) => msg === 'started'));
    child.kill('SIGUSR2');
    await untilReady(child, 'the other warning', () => child.stderr().includes('Something else is'));
    assert.doesNotMatch(child.stderr(), /SQLite/);
    child.kill('SIGTERM');
    await child.exited;
    rmSync(folder, { recursive: true });
  });
});

describe('the daemon told to stop', () => {
  for (const posixSignal of ['SIGTERM', 'SIGINT'] as const) {
    it(`exits with 0 after ${posixSignal}, though a sender keeps its connection`, async () => {
      const intake = await freePort();
      const daemon = await startDaemon(config(intake));
      // The agent of fetch keeps connections alive.
      assert.equal((await fetch(`http://127.0.0.1:${intake}/v1/traces`, { method: 'POST' })).status, 200);
      const beganMs = performance.now();
      await daemon.stop(posixSignal);
      assert.ok(performance.now() - beganMs < 5_000);
      assert.equal(daemon.log().at(-1)?.msg, 'stopped');
    });
  }
});

describe('the daemon that cannot listen', () => {
  it('exits with 1 and names port, component and option', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    const address = blocker.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    try {
      const { code, stderr } = await runToEnd(['run', '-c', 'spanmeter.yaml'], config(port));
      assert.equal(code, 1);
      const fault = logLines(stderr).find(({ level }) => level === 'error');
      const told = JSON.stringify(fault);
      for (const part of [String(port), 'otlp', 'protocols.http.endpoint'])
        assert.ok(told?.includes(part), `${part} in ${stderr}`);
    } finally {
      blocker.close();
    }
  });
});

describe('a config with faults', () => {
  const faulty = `receivers:
  otlp:
    protocols:
      http:
        endpont: 0.0.0.0:4318
        read_header_timeout: 10

exporters:
  otlphttp/tempo:
    endpoint: http://tempo:4318
    timeout: \${env:TEMPO_TIMEOUT}
    headers:
      X-Scope-OrgID: me
  prometeus:
    endpoint: localhost:9464

service:
  pipelines:
    traces:
      receivers: [otlp]
      exporters: [otlphttp/temp]
`;
  const report = `spanmeter.yaml:5:9 error[unknown_key] receivers.otlp.protocols.http.endpont: unknown key; did you mean "endpoint"?
   |
 5 |         endpont: 0.0.0.0:4318
   |         ^^^^^^^
spanmeter.yaml:6:30 error[wrong_value] receivers.otlp.protocols.http.read_header_timeout: expected a duration such as "5s", got 10
   |
 6 |         read_header_timeout: 10
   |                              ^^
spanmeter.yaml:11:14 error[wrong_value] exporters.otlphttp/tempo.timeout: expected a number and a unit (ms, s, m, h), such as "5s", got "ten" (from TEMPO_TIMEOUT)
    |
 11 |     timeout: \${env:TEMPO_TIMEOUT}
    |              ^^^^^^^^^^^^^^^^^^^^
spanmeter.yaml:14:3 error[unknown_type] exporters.prometeus: no exporter of type "prometeus"; did you mean "prometheus"?
    |
 14 |   prometeus:
    |   ^^^^^^^^^
spanmeter.yaml:21:19 error[unknown_id] service.pipelines.traces.exporters[0]: "otlphttp/temp" is not under "exporters"; did you mean "otlphttp/tempo"?
    |
 21 |       exporters: [otlphttp/temp]
    |                   ^^^^^^^^^^^^^
5 errors in spanmeter.yaml
`;

  for (const verb of ['run', 'validate']) {
    it(`is reported whole, to the column, and refused with 78: ${verb}`, async () => {
      const { code, stdout, stderr } = await runToEnd([verb, '-c', 'spanmeter.yaml'], faulty, { TEMPO_TIMEOUT: 'ten' });
      assert.equal(stderr, report);
      assert.deepEqual([code, stdout], [78, '']);
    });
  }
});

describe('validate', () => {
  it('needs no network, no variable and no folder to write to', async () => {
    const folder = folderWith(config(4318).replace("'http://127.0.0.1:9'", '"${env:NOT_SET_ANYWHERE}"'));
    try {
      // Under the permission model opening a socket or writing a file is an exception.
      const child = startChild(
        process.execPath,
        ['--permission', '--allow-fs-read=*', MAIN, 'validate', '-c', 'spanmeter.yaml'],
        {
          cwd: folder,
          env: { PATH: process.env['PATH'] },
        },
      );
      assert.equal(await child.exited, 0, child.stderr());
      assert.match(child.stderr(), /warning\[unset_variable\] exporters\.otlp_http\/tempo\.endpoint/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('config.example.yaml', () => {
  it('starts as it is, but for its ports, and takes spans', async () => {
    const [intake, page] = [await freePort(), await freePort()];
    const ports = `
receivers: { otlp: { protocols: { http: { endpoint: localhost:${intake} } } } }
exporters: { prometheus: { endpoint: localhost:${page} } }
`;
    const daemon = await startDaemon(readFileSync(`${ROOT}/config.example.yaml`, 'utf8'), {}, ports);
    assert.equal((await post(`http://localhost:${intake}/v1/traces`, '{}')).status, 200);
    const metrics = `http://localhost:${page}/metrics`;
    await until('the page', async () => (await send(metrics, undefined, { method: 'GET' })).status === 200);
    await daemon.stop();
  });
});
