/** The daemon as a process goes over to a changed config, and keeps the one it has when that is of no use. */
import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { reloadUnderLoad } from '../fault/reloads.ts';
import { startChild, untilReady } from '../helpers/children.ts';
import { cleanEnvironment, folderWith, logLines, MAIN } from '../helpers/daemon.ts';
import { freePort } from '../helpers/free-ports.ts';
import { post } from '../helpers/http.ts';
import { until } from '../helpers/until.ts';

function config(port: number, path: string): string {
  return `
receivers:
  otlp: { protocols: { http: { endpoint: '127.0.0.1:${port}', traces_url_path: ${path} } } }
exporters:
  debug:
service:
  pipelines:
    traces: { receivers: [otlp], exporters: [debug] }
  telemetry: { metrics: { level: none } }
`;
}

async function started(folder: string, file: string) {
  const child = startChild(process.execPath, [MAIN, 'run', '-c', file], { cwd: folder, env: cleanEnvironment(folder, {}) });
  await untilReady(child, 'the daemon', () => logLines(child.stderr()).some(({ msg }) => msg === 'started'));
  return child;
}

describe('a reload of the daemon', () => {
  it('under load loses nothing, whether the files are good or not', async () => {
    const { failures, posts } = await reloadUnderLoad(10, 'disk');
    assert.deepEqual(failures, []);
    assert.ok(posts > 10);
  });

  it('is brought about by SIGHUP, and told in the log', async () => {
    const port = await freePort();
    const folder = folderWith(config(port, '/one'));
    const child = await started(folder, 'spanmeter.yaml');
    const status = async (path: string) => (await post(`http://127.0.0.1:${port}${path}`, '{}')).status;
    child.kill('SIGHUP');
    await until('the reload', () => logLines(child.stderr()).some(({ msg }) => msg === 'the config is in use'));
    assert.equal(await status('/one'), 200);
    child.kill('SIGTERM');
    assert.equal(await child.exited, 0);
    rmSync(folder, { recursive: true });
  });

  it('reports every fault of a file of no use, and what runs goes on', async () => {
    const port = await freePort();
    const folder = folderWith(config(port, '/one'));
    const child = await started(folder, 'spanmeter.yaml');
    writeFileSync(
      join(folder, 'spanmeter.yaml'),
      config(port, '/two').replace('debug:', 'debuk:').replace('level: none', 'level: nome'),
    );
    const lines = () => logLines(child.stderr());
    await until('the refusal', () => lines().some(({ msg }) => msg.startsWith('cannot reload the config')));
    const faults = lines().filter(({ msg }) => msg === 'the config has a fault');
    assert.deepEqual(
      faults.map(({ line, code }) => [line, code]),
      [
        [9, 'wrong_value'],
        [5, 'unknown_type'],
        [8, 'unknown_id'],
      ],
    );
    assert.equal((await post(`http://127.0.0.1:${port}/one`, '{}')).status, 200);
    writeFileSync(join(folder, 'spanmeter.yaml'), config(port, '/two'));
    await until('the mended file', async () => (await post(`http://127.0.0.1:${port}/two`, '{}')).status === 200);
    child.kill('SIGTERM');
    assert.equal(await child.exited, 0);
    rmSync(folder, { recursive: true });
  });

  it('follows a link to a folder that is replaced as a whole, as Kubernetes does it', async () => {
    const port = await freePort();
    const folder = folderWith('');
    for (const [version, path] of [
      ['v1', '/one'],
      ['v2', '/two'],
    ] as const) {
      mkdirSync(join(folder, version));
      writeFileSync(join(folder, version, 'config.yaml'), config(port, path));
    }
    symlinkSync('v1', join(folder, '..data'));
    symlinkSync('..data/config.yaml', join(folder, 'config.yaml'));
    const child = await started(folder, 'config.yaml');
    symlinkSync('v2', join(folder, '..tmp'));
    renameSync(join(folder, '..tmp'), join(folder, '..data'));
    await until('the new path', async () => (await post(`http://127.0.0.1:${port}/two`, '{}')).status === 200);
    child.kill('SIGTERM');
    assert.equal(await child.exited, 0);
    rmSync(folder, { recursive: true });
  });
});
