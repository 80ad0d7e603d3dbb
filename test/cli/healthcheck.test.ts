/** The health check of containers: 0 when the daemon takes requests, 1 otherwise, and why. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { cli } from '../helpers/cli.ts';
import { startDaemon } from '../helpers/daemon.ts';
import { ACCEPT, Destination } from '../helpers/destination.ts';
import { freePort } from '../helpers/free-ports.ts';

const directory = mkdtempSync(join(tmpdir(), 'spanmeter-health-'));
after(() => rmSync(directory, { recursive: true }));

function config(intake: number, extensions: string, started: string): string {
  return `
receivers: { otlp: { protocols: { http: { endpoint: 127.0.0.1:${intake} } } } }
exporters: { debug: }
extensions: ${extensions}
service:
  extensions: ${started}
  telemetry: { metrics: { level: none } }
  pipelines: { traces: { receivers: [otlp], exporters: [debug] } }
`;
}

function file(text: string): string {
  writeFileSync(join(directory, 'spanmeter.yaml'), text);
  return join(directory, 'spanmeter.yaml');
}

describe('healthcheck', () => {
  it('finds a running daemon by its config, also one that wants a token', async () => {
    const [intake, health] = [await freePort(), await freePort()];
    const auth = `auth: { authenticator: bearertokenauth }`;
    const extensions = `{ bearertokenauth: { token: secret }, health_check: { endpoint: 127.0.0.1:${health}, ${auth} } }`;
    const text = config(intake, extensions, '[bearertokenauth, health_check]');
    const daemon = await startDaemon(text);
    const argv = ['healthcheck', '-c', file(text)];
    assert.deepEqual(await cli(argv), { exitCode: 0, stdout: 'ready\n', stderr: '' });
    await daemon.stop();
    const { exitCode, stdout, stderr } = await cli(argv);
    assert.deepEqual([exitCode, stdout], [1, '']);
    assert.match(stderr, /^not ready: cannot reach http:.*ECONNREFUSED.*; "spanmeter run" starts a daemon\n$/);
  });

  it('asks /readyz at a URL without a path, and what is named otherwise', async () => {
    const destination = await Destination.open();
    await cli(['healthcheck', '--url', destination.url]);
    await cli(['healthcheck', '--url', `${destination.url}/livez`]);
    assert.deepEqual(
      destination.arrived.map(({ method, path }) => `${method} ${path}`),
      ['GET /readyz', 'GET /livez'],
    );
  });

  for (const [status, expected] of [
    [200, 0],
    [503, 1],
    [302, 1],
    [401, 1],
  ] as const) {
    it(`ends with ${expected} when the answer is ${status}`, async () => {
      const destination = await Destination.open(() => ({ ...ACCEPT, status }));
      const { exitCode, stderr } = await cli(['healthcheck', '--url', destination.url]);
      assert.equal(exitCode, expected);
      assert.equal(stderr, expected === 0 ? '' : `not ready: ${destination.url}/readyz answered ${status}\n`);
    });
  }

  it('prints the YAML that adds it where the config has none', async () => {
    const { exitCode, stderr } = await cli(['healthcheck', '-c', file(config(4318, '{ health_check: }', '[]'))]);
    assert.equal(exitCode, 1);
    assert.ok(stderr.includes('\nextensions:\n  health_check:\nservice:\n  extensions: [health_check]\n'));
  });

  it('ends with 1, not 78, when the config has faults: Docker knows no other code', async () => {
    const { exitCode, stderr } = await cli(['healthcheck', '-c', file('receivers: 1\n')]);
    assert.equal(exitCode, 1);
    assert.match(stderr, /error\[/);
  });

  it('ends with 2 when the URL is none', async () => {
    const { exitCode, stderr } = await cli(['healthcheck', '--url', 'localhost']);
    assert.equal(exitCode, 2);
    assert.match(stderr, /expected a URL such as/);
  });
});
