/** Where a daemon keeps its data when nobody said where, and what happens when somebody else is there. */
import assert from 'node:assert/strict';
import { accessSync, chmodSync, chownSync, constants, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { callOf } from '../helpers/call-body.ts';
import { type Child, startChild, untilReady } from '../helpers/children.ts';
import { cleanEnvironment, folderWith, logLines, MAIN, ROOT, runToEnd, startDaemon } from '../helpers/daemon.ts';
import { temporaryFolder } from '../helpers/disk-journal.ts';
import { freePort } from '../helpers/free-ports.ts';
import { post } from '../helpers/http.ts';

const IS_ROOT = process.getuid?.() === 0;
/** Some user with no rights of its own. */
const USER = 12_345;

function config(port: number, service = ''): string {
  return `
receivers: { otlp: { protocols: { http: { endpoint: 127.0.0.1:${port} } } } }
exporters: { debug: }
service:
  telemetry: { metrics: { level: none } }
  pipelines: { traces: { receivers: [otlp], exporters: [debug] } }
${service}`;
}

/** Why a user without rights cannot even run it. */
function unreadable(): string | false {
  if (!IS_ROOT) return false;
  for (let folder = ROOT; folder !== dirname(folder); folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o005) !== 0o005) return `"${folder}" is for its owner alone, and the tests run as root`;
  }
  return false;
}

function canMakeSystemFolder(): boolean {
  if (IS_ROOT) return false; // they run as somebody else
  try {
    accessSync(existsSync('/var/lib/spanmeter') ? '/var/lib/spanmeter' : '/var/lib', constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** As somebody who has nothing but a home, where everybody may read what is made. */
function startAsUser(home: string): Child {
  const command = `umask 000 && exec "${process.execPath}" "${MAIN}" run -c "${join(home, 'spanmeter.yaml')}"`;
  const { STATE_DIRECTORY: _, ...env } = cleanEnvironment(home, {});
  return startChild('sh', ['-c', command], { cwd: home, env, ...(IS_ROOT && { uid: USER, gid: USER }) });
}

describe('a daemon that was not told where to keep its data', () => {
  it('keeps it in the home of its user, who alone can read it', { skip: unreadable() || canMakeSystemFolder() }, async () => {
    const port = await freePort();
    const home = folderWith(config(port));
    chmodSync(home, 0o755);
    if (IS_ROOT) chownSync(home, USER, USER);
    const daemon = startAsUser(home);
    await untilReady(daemon, 'the daemon', () => logLines(daemon.stderr()).some(({ msg }) => msg === 'started'));
    assert.equal((await post(`http://127.0.0.1:${port}/v1/traces`, callOf(1))).status, 200);
    daemon.kill('SIGTERM');
    assert.equal(await daemon.exited, 0, daemon.stderr());
    const directory = join(home, '.local/state/spanmeter');
    assert.equal(logLines(daemon.stderr())[0]?.['data'], directory);
    const paths = readdirSync(directory, { recursive: true, encoding: 'utf8' }).map((path) => join(directory, path));
    assert.ok(paths.length >= 4, paths.join());
    for (const path of [directory, ...paths]) assert.equal(statSync(path).mode & 0o077, 0, path);
  });

  it('ends with 1 where there is no such place', { skip: unreadable() || canMakeSystemFolder() }, async () => {
    const home = folderWith(config(await freePort()));
    chmodSync(home, 0o755);
    const daemon = startChild(process.execPath, [MAIN, 'run', '-c', join(home, 'spanmeter.yaml')], {
      cwd: home,
      env: { PATH: process.env['PATH'] },
      ...(IS_ROOT && { uid: USER, gid: USER }),
    });
    assert.equal(await daemon.exited, 1);
    assert.match(daemon.stderr(), /cannot find a folder for the journal; set --data-dir, service\.journal\.directory or \$HOME/);
  });
});

describe('a second daemon on the same data', () => {
  it('ends with 1 and says which folder, and the first goes on', async () => {
    const [first, second] = [await freePort(), await freePort()];
    const directory = join(temporaryFolder(), 'data');
    const journal = `  journal: { directory: '${directory}' }\n`;
    const daemon = await startDaemon(config(first, journal));
    const { code, stderr } = await runToEnd(['run', '-c', 'spanmeter.yaml'], config(second, journal));
    assert.equal(code, 1);
    const told = logLines(stderr).find(({ level }) => level === 'error');
    const remedy = 'each daemon needs a folder of its own: --data-dir or service.journal.directory';
    const expected = `cannot use "${directory}" for the journal: another process has it open; ${remedy}`;
    assert.ok(String(told?.['err']).startsWith(expected), stderr);
    assert.equal((await post(`http://127.0.0.1:${first}/v1/traces`, callOf(1))).status, 200);
    await daemon.stop();
  });
});

describe('a demo', () => {
  it('leaves nothing behind, and nothing in the data of a config', async () => {
    const folder = temporaryFolder();
    const temporary = join(folder, 'tmp');
    mkdirSync(temporary);
    const data = join(folder, 'data');
    const text = `
receivers: { otlp: { protocols: { http: { endpoint: 127.0.0.1:${await freePort()} } } } }
connectors: { genai: }
exporters: { prometheus: { endpoint: 127.0.0.1:${await freePort()} } }
service:
  telemetry: { metrics: { level: none }, logs: { level: warn } }
  journal: { directory: '${data}' }
  pipelines: { traces: { receivers: [otlp], exporters: [genai] }, metrics: { receivers: [genai], exporters: [prometheus] } }
`;
    const args = ['demo', '-c', 'spanmeter.yaml', '--duration', '300ms', '--rate', '20'];
    const { code, stderr } = await runToEnd(args, text, { TMPDIR: temporary });
    assert.equal(code, 0, stderr);
    assert.deepEqual([existsSync(data), readdirSync(temporary)], [false, []]);
  });
});
