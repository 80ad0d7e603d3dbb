/** The verbs about kept data: what they print of a data directory, and what they end with. */
import assert from 'node:assert/strict';
import { existsSync, globSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Host } from '../../src/cli/host.ts';
import { runCli } from '../../src/cli/program.ts';
import { sizeText } from '../../src/cli/table.ts';
import { lockDirectory } from '../../src/journal/lock.ts';
import { openDeadLetters, openJournal } from '../../src/journal/open.ts';
import { cli } from '../helpers/cli.ts';
import { temporaryFolder } from '../helpers/disk-journal.ts';
import { entriesOf, graphOf, never } from '../helpers/journal-rig.ts';
import { Observer } from '../helpers/observer.ts';

const NOW = Date.UTC(2026, 10, 20);
const BODY = '{"resourceSpans":[]}';

/** Three requests that wait for tempo, and two letters. */
async function kept(): Promise<string> {
  const directory = temporaryFolder();
  const observer = new Observer();
  const now = () => NOW;
  const { logger, diagnostics } = observer.context('journal', now);
  const limits = { maxBytes: 2 ** 30, segmentBytes: 2 ** 20, minFreeBytes: 0, maxSpans: 1000, reserveBytes: 0 };
  const journal = openJournal({ directory, ...limits, now, logger, diagnostics, fail: () => undefined });
  journal.bind(graphOf([], ['otlp_http/tempo']));
  await journal.start();
  for (const ids of [[1], [2, 3], [4]]) await journal.append(entriesOf(...ids));
  const letters = openDeadLetters({ directory, now, logger, diagnostics });
  await letters.start();
  for (const [exporter, reason, spans] of [
    ['otlp_http/tempo', 'answered 422: \u001b[31mno', 2],
    ['otlp_http/cloud', 'answered 422', 1],
  ] as const) {
    const body = { encoding: 'json', mergeable: true, bytes: Buffer.from(BODY) } as const;
    await letters.keep({ exporter, timeMs: NOW, signal: 'traces', body, spans, bodySpans: spans, reason });
  }
  await letters.close();
  await journal.close(never);
  return directory;
}

const run = (directory: string, ...args: readonly string[]) => cli([...args, '--data-dir', directory]);

const filesIn = (directory: string) =>
  globSync('**', { cwd: directory, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
    .map((path) => [path, path.endsWith('lock.db') ? '' : readFileSync(path, 'latin1')]);

function damage(directory: string, text: string, files = 'journal/*.log'): void {
  const [path = ''] = globSync(files, { cwd: directory })
    .map((name) => join(directory, name))
    .filter((name) => readFileSync(name).includes(text));
  const bytes = readFileSync(path);
  bytes[bytes.indexOf(text) + 1]! ^= 0xff;
  writeFileSync(path, bytes);
}

describe('journal', () => {
  it('inspect shows what is there and what waits, and changes nothing', async () => {
    const directory = await kept();
    const before = filesIn(directory);
    const { exitCode, stdout } = await run(directory, 'journal', 'inspect');
    assert.equal(exitCode, 0);
    assert.match(stdout, /^1 segments, \S+ (B|KiB), oldest record 2026-11-20T00:00:00Z\n/);
    assert.match(stdout, /\njournal\/0{15}1\.log +1 +\d+ +\d+ .* 2026-11-20T00:00:00Z +2026-11-20T00:00:00Z\n/);
    assert.match(stdout, /\nexporter +settled +waiting +spans +size +oldest\notlp_http\/tempo +\d+ +3 +4 /);
    const { cursors } = JSON.parse((await run(directory, 'journal', 'inspect', '--json')).stdout);
    assert.deepEqual([cursors[0].exporter, cursors[0].waiting.spans, cursors[0].waiting.oldestMs], ['otlp_http/tempo', 4, NOW]);
    assert.deepEqual(filesIn(directory), before);
  });

  it('inspect and verify look past the lock of a daemon, repair does not', async () => {
    const directory = await kept();
    const unlock = await lockDirectory(directory);
    try {
      for (const verb of ['inspect', 'verify']) assert.equal((await run(directory, 'journal', verb)).exitCode, 0);
      const { exitCode, stderr } = await run(directory, 'journal', 'repair', '--accept-loss');
      assert.deepEqual([exitCode, /another process has it open/.test(stderr)], [1, true]);
    } finally {
      unlock();
    }
  });

  it('say where there is none, and make none', async () => {
    const directory = join(temporaryFolder(), 'none');
    for (const args of ['journal inspect', 'journal verify', 'journal repair --accept-loss', 'dead-letters list']) {
      const { exitCode, stderr } = await run(directory, ...args.split(' '));
      assert.equal(exitCode, 1);
      assert.ok(stderr.startsWith(`there is no journal in "${directory}"; the log of a daemon says`), stderr);
      assert.match(stderr, /name that with --data-dir/);
    }
    assert.ok(!existsSync(directory));
  });

  it('verify ends with 0 for a whole journal and with 65 for a damaged one', async () => {
    const directory = await kept();
    const whole = await run(directory, 'journal', 'verify');
    assert.deepEqual(
      [whole.exitCode, /^4 files, \d+ records, \S+ (B|KiB): whole\n$/.test(whole.stdout)],
      [0, true],
      whole.stdout,
    );
    damage(directory, '"name":"2"');
    const damaged = await run(directory, 'journal', 'verify');
    assert.equal(damaged.exitCode, 65);
    assert.match(damaged.stdout, /journal\/0{15}1\.log +\d+ +\d+ +1 +corrupt: was acknowledged\n.*: damaged\n$/s);
    const [{ kind, records }] = JSON.parse((await run(directory, 'journal', 'verify', '--json')).stdout).damages;
    assert.deepEqual([kind, records], ['corrupt', 1]);
  });

  it('repair changes nothing unless the loss is accepted, and says what it is', async () => {
    const directory = await kept();
    damage(directory, '"name":"2"');
    const before = filesIn(directory);
    const asked = await run(directory, 'journal', 'repair');
    assert.equal(asked.exitCode, 2);
    assert.match(asked.stderr, /corrupt: was acknowledged[\s\S]*--accept-loss/);
    assert.deepEqual(filesIn(directory), before);
    const done = await run(directory, 'journal', 'repair', '--accept-loss');
    assert.equal(done.exitCode, 0);
    assert.match(done.stdout, /given up: 1 records; \d+ B were damaged and are kept in quarantine\n$/);
    assert.equal((await run(directory, 'journal', 'verify')).exitCode, 0);
    const again = await run(directory, 'journal', 'repair', '--accept-loss');
    assert.equal(again.stdout, 'nothing was damaged\n');
  });

  it('are commands of a group that says which there are', async () => {
    const { exitCode, stderr } = await cli(['journal']);
    assert.equal(exitCode, 2);
    for (const verb of ['inspect', 'verify', 'repair']) assert.match(stderr, new RegExp(verb));
  });
});

describe('dead-letters', () => {
  it('list shows each with its reason, harmless for a terminal; as JSON for programs', async () => {
    const directory = await kept();
    const { stdout } = await run(directory, 'dead-letters', 'list', '--exporter', 'otlp_http/tempo');
    const [id] = /^\d+/m.exec(stdout) ?? [];
    assert.equal(
      stdout,
      `id             exporter         time                  spans  size  reason
${id}  otlp_http/tempo  2026-11-20T00:00:00Z      2  20 B  answered 422: [31mno
`,
    );
    const letters = JSON.parse((await run(directory, 'dead-letters', 'list', '--json')).stdout);
    assert.deepEqual(letters[0], {
      id,
      exporter: 'otlp_http/tempo',
      timeMs: NOW,
      spans: 2,
      bytes: 20,
      reason: 'answered 422: \u001b[31mno',
    });
    assert.deepEqual(
      letters.map(({ exporter }: { exporter: string }) => exporter),
      ['otlp_http/tempo', 'otlp_http/cloud'],
    );
  });

  it('list says where a letter is damaged, and ends with 65', async () => {
    const directory = await kept();
    damage(directory, 'SPMJ', 'dead/*tempo/*.log');
    const { exitCode, stdout, stderr } = await run(directory, 'dead-letters', 'list');
    assert.equal(exitCode, 65);
    assert.match(stdout, /otlp_http\/cloud/);
    assert.match(
      stderr,
      /^dead letters in dead\/otlp_http%2Ftempo\/\d{16}\.log are damaged and cannot be listed; see "spanmeter journal verify"\n$/,
    );
    assert.equal((await run(directory, 'dead-letters', 'list', '--exporter', 'otlp_http/cloud')).exitCode, 0);
  });

  it('show prints what was to be sent, and misses what is not there', async () => {
    const directory = await kept();
    const [{ id }] = JSON.parse((await run(directory, 'dead-letters', 'list', '--json')).stdout);
    const { exitCode, stdout, stderr } = await run(directory, 'dead-letters', 'show', id, '7');
    assert.deepEqual([exitCode, stdout, stderr], [1, `${BODY}\n`, 'there is no dead letter "7"\n']);
  });

  for (const act of ['replay', 'purge']) {
    it(`${act} wants ids or --all, not neither and not both`, async () => {
      const directory = await kept();
      const before = filesIn(directory);
      for (const more of [[], ['17', '--all']]) assert.equal((await run(directory, 'dead-letters', act, ...more)).exitCode, 2);
      assert.deepEqual(filesIn(directory), before);
    });
  }

  for (const act of ['replay', 'purge']) {
    it(`${act} fails where the exporter that is named has none`, async () => {
      const directory = await kept();
      const { exitCode, stdout, stderr } = await run(directory, 'dead-letters', act, '--exporter', 'otlp_http/tmepo', '--all');
      assert.deepEqual(
        [exitCode, stdout, stderr],
        [1, 'there are no dead letters\n', 'there is no dead letter of exporter "otlp_http/tmepo"\n'],
      );
      await run(directory, 'dead-letters', 'purge', '--all');
      const nothing = await run(directory, 'dead-letters', act, '--all');
      assert.deepEqual([nothing.exitCode, nothing.stdout], [0, 'there are no dead letters\n']);
    });
  }

  it('purge deletes those of an exporter, and no others', async () => {
    const directory = await kept();
    const { exitCode, stdout } = await run(directory, 'dead-letters', 'purge', '--exporter', 'otlp_http/tempo', '--all');
    assert.deepEqual([exitCode, /^1 deleted$/m.test(stdout)], [0, true]);
    const left = JSON.parse((await run(directory, 'dead-letters', 'list', '--json')).stdout);
    assert.deepEqual(
      left.map(({ exporter }: { exporter: string }) => exporter),
      ['otlp_http/cloud'],
    );
  });
});

describe('bench disk', () => {
  const bench = async (...argv: readonly string[]) => {
    const out: string[] = [];
    const output = { write: (text: string) => void out.push(text), isTerminal: false };
    const host = { environment: {}, directory: '/', stdout: output, stderr: output } as unknown as Host;
    return { exitCode: await runCli(['bench', 'disk', ...argv], host), text: out.join('') };
  };

  it('measures synced writes in a folder and leaves nothing there', async (test) => {
    const folder = mkdtempSync(join(tmpdir(), 'spanmeter-bench-'));
    test.after(() => rmSync(folder, { recursive: true }));
    const { exitCode, text } = await bench('--data-dir', folder, '--writes', '5', '--size', '1KiB', '--json');
    assert.equal(exitCode, 0);
    const { writes, bytesEach, p50Ms, p99Ms, maxMs, syncsPerSecond } = JSON.parse(text);
    assert.deepEqual([writes, bytesEach], [5, 1024]);
    assert.ok(p50Ms > 0 && p50Ms <= p99Ms && p99Ms <= maxMs && syncsPerSecond > 0, text);
    assert.deepEqual(readdirSync(folder), []);
  });

  it('says what cannot be measured', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'file'), '');
    const { exitCode, text } = await bench('--data-dir', join(folder, 'file/data'));
    assert.equal(exitCode, 1);
    assert.match(text, /^cannot measure: cannot use ".*file\/data" for the journal: ".*\/file" is no folder; move it away/);
  });

  it('makes the folder where a daemon would', async () => {
    const folder = join(temporaryFolder(), 'data/new');
    assert.equal((await bench('--data-dir', folder, '--writes', '1')).exitCode, 0);
    assert.deepEqual([readdirSync(folder), statSync(folder).mode & 0o777], [[], 0o700]);
  });

  it('is a command of a group, which alone ends with 2', async () => {
    const out: string[] = [];
    const output = { write: (text: string) => void out.push(text), isTerminal: false };
    assert.equal(await runCli(['bench'], { stdout: output, stderr: output } as unknown as Host), 2);
    assert.match(out.join(''), /disk/);
  });
});

describe('a size', () => {
  for (const [bytes, text] of [
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [10 * 1024 ** 3, '10.0 GiB'],
  ] as const) {
    it(`of ${bytes} is "${text}"`, () => assert.equal(sizeText(bytes), text));
  }
});
