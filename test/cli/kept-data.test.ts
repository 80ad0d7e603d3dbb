/** The verbs about kept data: what they print of what they are given, and what they end with. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { deadLetterVerbs } from '../../src/cli/dead-letters.ts';
import type { Host } from '../../src/cli/host.ts';
import { journalVerbs } from '../../src/cli/journal.ts';
import type { JournalFiles, KeptLetter, LetterChoice, Verified } from '../../src/cli/journal-files.ts';
import { runCli } from '../../src/cli/program.ts';
import { sizeText } from '../../src/cli/table.ts';

const LETTERS: readonly KeptLetter[] = [
  { id: 'tempo-1', exporter: 'otlp_http/tempo', timeMs: 0, spans: 2, bytes: 2048, reason: 'answered 422: \u001b[31mno' },
  { id: 'cloud-1', exporter: 'otlp_http/cloud', timeMs: 1000, spans: 1, bytes: 10, reason: 'answered 422' },
];
const BODY = '{"resourceSpans":[]}';

/** A directory whose content the test says. */
class GivenFiles implements JournalFiles {
  verified: Verified = { files: 2, records: 30, bytes: 4096, damages: [] };
  fault: Error | undefined;
  repaired = false;
  readonly chosen: LetterChoice[] = [];

  async inspect() {
    if (this.fault !== undefined) throw this.fault;
    return {
      directory: '/data',
      segments: [{ file: '1.log', firstSeq: 1, lastSeq: 30, records: 30, bytes: 67_108_864, oldestMs: 0, newestMs: 60_000 }],
      snapshots: [],
      cursors: [{ exporter: 'otlp_http/tempo', seq: 28, waiting: { records: 2, spans: 5, bytes: 900, oldestMs: 60_000 } }],
      quarantined: [],
    };
  }
  async verify() {
    return this.verified;
  }
  async repair() {
    this.repaired = true;
    return { records: 1, bytes: 100, damages: this.verified.damages };
  }
  async letters(choice: LetterChoice) {
    return LETTERS.filter(({ exporter }) => choice.exporter === undefined || exporter === choice.exporter);
  }
  async letter(id: string) {
    const letter = LETTERS.find((one) => one.id === id);
    return letter && { letter, encoding: 'json' as const, body: Buffer.from(BODY) };
  }
  async replay(choice: LetterChoice) {
    this.chosen.push(choice);
    return LETTERS.filter(({ id }) => choice.ids.length === 0 || choice.ids.includes(id));
  }
  purge(choice: LetterChoice) {
    return this.replay(choice);
  }
}

async function run(name: string, files: GivenFiles, options: Readonly<Record<string, unknown>> = {}) {
  const verb = [...journalVerbs(() => files), ...deadLetterVerbs(() => files)].find((one) => one.name === name);
  const [out, err]: [string[], string[]] = [[], []];
  const host = {
    environment: {},
    directory: '/here',
    stdout: { write: (text: string) => out.push(text), isTerminal: false },
    stderr: { write: (text: string) => err.push(text), isTerminal: false },
  } as unknown as Host;
  const given = { config: [], dataDir: '/data', json: false, acceptLoss: false, operands: [], all: false, ...options };
  const exitCode = await verb!.execute(given as never, host);
  return { exitCode, stdout: out.join(''), stderr: err.join('') };
}

const CORRUPT = { file: '1.log', offset: 40, bytes: 100, kind: 'corrupt' } as const;

describe('journal', () => {
  it('inspect shows what is there and what waits', async () => {
    const { exitCode, stdout } = await run('journal inspect', new GivenFiles());
    assert.equal(exitCode, 0);
    assert.equal(
      stdout,
      `/data: 1 segments, 64.0 MiB, oldest record 1970-01-01T00:00:00Z

segment  first  last  records  size      oldest                newest
1.log        1    30       30  64.0 MiB  1970-01-01T00:00:00Z  1970-01-01T00:01:00Z

exporter         settled  waiting  spans  size   oldest
otlp_http/tempo       28        2      5  900 B  1970-01-01T00:01:00Z
`,
    );
  });

  it('inspect says why a directory cannot be used, and ends with the code of that', async () => {
    const files = new GivenFiles();
    files.fault = Object.assign(new Error('cannot read the journal', { cause: new Error('newer format') }), { exitCode: 65 });
    const { exitCode, stderr } = await run('journal inspect', files);
    assert.deepEqual([exitCode, stderr], [65, 'cannot read the journal: newer format\n']);
  });

  for (const [what, damages, expected] of [
    ['0 for a whole journal', [], 0],
    ['0 for a torn tail', [{ ...CORRUPT, kind: 'torn' }], 0],
    ['65 for damage', [CORRUPT], 65],
  ] as const) {
    it(`verify ends with ${what}`, async () => {
      const files = new GivenFiles();
      files.verified = { ...files.verified, damages };
      const { exitCode, stdout } = await run('journal verify', files);
      assert.equal(exitCode, expected);
      assert.match(stdout, damages.length === 0 ? /^2 files, 30 records, 4.0 KiB: whole\n$/ : /1\.log +40 +100/);
    });
  }

  it('repair changes nothing unless the loss is accepted, and says what it is', async () => {
    const files = new GivenFiles();
    files.verified = { ...files.verified, damages: [CORRUPT] };
    const asked = await run('journal repair', files);
    assert.equal(asked.exitCode, 2);
    assert.match(asked.stderr, /corrupt: was acknowledged[\s\S]*--accept-loss/);
    assert.equal(files.repaired, false);
    const done = await run('journal repair', files, { acceptLoss: true });
    assert.equal(done.exitCode, 0);
    assert.match(done.stdout, /given up: 1 records, 100 B\n$/);
    assert.equal(files.repaired, true);
  });
});

describe('dead-letters', () => {
  it('list shows each with its reason, harmless for a terminal', async () => {
    const { stdout } = await run('dead-letters list', new GivenFiles(), { exporter: 'otlp_http/tempo' });
    assert.equal(
      stdout,
      `id       exporter         time                  spans  size     reason
tempo-1  otlp_http/tempo  1970-01-01T00:00:00Z      2  2.0 KiB  answered 422: [31mno
`,
    );
  });

  it('list gives JSON to programs', async () => {
    const { stdout } = await run('dead-letters list', new GivenFiles(), { json: true });
    assert.deepEqual(JSON.parse(stdout), LETTERS);
  });

  it('show prints what was to be sent, and misses what is not there', async () => {
    const { exitCode, stdout, stderr } = await run('dead-letters show', new GivenFiles(), { operands: ['tempo-1', 'x'] });
    assert.deepEqual([exitCode, stdout, stderr], [1, `${BODY}\n`, 'there is no dead letter "x"\n']);
  });

  for (const act of ['replay', 'purge']) {
    it(`${act} wants ids or --all, not neither and not both`, async () => {
      for (const options of [{}, { operands: ['tempo-1'], all: true }]) {
        const files = new GivenFiles();
        assert.equal((await run(`dead-letters ${act}`, files, options)).exitCode, 2);
        assert.deepEqual(files.chosen, []);
      }
    });

    it(`${act} tells what it did and what was not there`, async () => {
      const files = new GivenFiles();
      const { exitCode, stdout, stderr } = await run(`dead-letters ${act}`, files, { operands: ['tempo-1', 'x'] });
      assert.equal(exitCode, 1);
      assert.match(stdout, /^1 (to be sent again|deleted)$/m);
      assert.match(stderr, /no dead letter "x"/);
      assert.deepEqual(files.chosen, [{ exporter: undefined, ids: ['tempo-1', 'x'] }]);
    });
  }
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
    const { exitCode, text } = await bench('--data-dir', '/nowhere/at/all');
    assert.equal(exitCode, 1);
    assert.match(text, /^cannot measure "\/nowhere\/at\/all": ENOENT/);
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
