/** The daemon outlives whoever started it, reads its log or gives it input, and insists on nothing when it is told to stop twice. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { callOf } from '../helpers/call-body.ts';
import { startChild, untilReady } from '../helpers/children.ts';
import { cleanEnvironment, folderWith, logLines, MAIN } from '../helpers/daemon.ts';
import { Destination, HANG } from '../helpers/destination.ts';
import { freePort } from '../helpers/free-ports.ts';
import { post } from '../helpers/http.ts';
import { until } from '../helpers/until.ts';

function config(port: number, exporters = 'debug:', used = 'debug', storage = 'disk'): string {
  return `
receivers: { otlp: { protocols: { http: { endpoint: '127.0.0.1:${port}' } } } }
exporters:
  ${exporters}
service:
  pipelines: { traces: { receivers: [otlp], exporters: [${used}] } }
  telemetry: { metrics: { level: none } }
  journal: { storage: ${storage} }
`;
}

const answers = async (port: number, id: number) => {
  const answer = await post(`http://127.0.0.1:${port}/v1/traces`, callOf(id)).catch(() => undefined);
  return answer?.status === 200;
};

describe('the daemon', () => {
  for (const [what, redirected] of [
    ['without standard output', '>&-'],
    ['without standard input', '<&-'],
    ['without any of its streams', '<&- >&- 2>&-'],
  ] as const) {
    it(`runs ${what}`, async () => {
      const port = await freePort();
      const folder = folderWith(config(port));
      const command = `exec "${process.execPath}" "${MAIN}" run -c spanmeter.yaml ${redirected}`;
      const child = startChild('sh', ['-c', command], { cwd: folder, env: cleanEnvironment(folder, {}) });
      await until('an answer', () => answers(port, 1));
      child.kill('SIGTERM');
      assert.equal(await child.exited, 0, child.stderr());
      rmSync(folder, { recursive: true });
    });
  }

  it('goes on when nobody reads its log any more, and still reloads and stops cleanly', async () => {
    const port = await freePort();
    const folder = folderWith(config(port));
    const child = spawn(process.execPath, [MAIN, 'run', '-c', 'spanmeter.yaml'], {
      cwd: folder,
      env: cleanEnvironment(folder, {}),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    await until('an answer', () => answers(port, 1));
    child.stdout.destroy();
    child.stderr.destroy();
    child.kill('SIGHUP');
    for (let id = 2; id < 10; id += 1) assert.equal(await answers(port, id), true);
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    assert.deepEqual(await ended, [0, null]);
    rmSync(folder, { recursive: true });
  });

  it('told to stop again while a destination that hangs has not got what is in memory alone, ends at once', async () => {
    const hanging = await Destination.open(() => HANG);
    const port = await freePort();
    const folder = folderWith(config(port, `otlp_http: { endpoint: '${hanging.url}' }`, 'otlp_http', 'memory'));
    const child = startChild(process.execPath, [MAIN, 'run', '-c', 'spanmeter.yaml'], {
      cwd: folder,
      env: cleanEnvironment(folder, {}),
    });
    await untilReady(child, 'the daemon', () => logLines(child.stderr()).some(({ msg }) => msg === 'started'));
    assert.equal(await answers(port, 1), true);
    await hanging.untilArrived(1);
    child.kill('SIGTERM');
    await until('the stop', () => logLines(child.stderr()).some(({ msg }) => msg === 'stopping'));
    await pause(1_050); // before that it would be the same key press
    child.kill('SIGTERM');
    assert.equal(await child.exited, 143);
    rmSync(folder, { recursive: true });
  });
});
