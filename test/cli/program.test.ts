/** The command line: what verbs print, where, and what they end with. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { Host } from '../../src/cli/host.ts';
import { runCli } from '../../src/cli/program.ts';
import { VERBS } from '../../src/cli/verbs.ts';

const directory = mkdtempSync(join(tmpdir(), 'spanmeter-cli-'));
after(() => rmSync(directory, { recursive: true }));

const CONFIG = `
receivers: { otlp: { protocols: { http: } } }
connectors: { genai: }
exporters:
  prometheus:
  otlp_http/tempo:
    endpoint: http://tempo:4318
    headers: { authorization: "Bearer canary-1", x-scope: "\${env:SCOPE:-canary-2}" }
service:
  pipelines:
    traces: { receivers: [otlp], exporters: [genai, otlp_http/tempo] }
    metrics: { receivers: [genai], exporters: [prometheus] }
`;

function file(name: string, text: string): string {
  writeFileSync(join(directory, name), text);
  return name;
}

async function cli(argv: readonly string[], environment: Host['environment'] = {}) {
  const stdout: string[] = [];
  const stderr: string[] = [];
  const exitCode = await runCli(argv, {
    environment,
    directory,
    stdout: { write: (text) => void stdout.push(text), isTerminal: false },
    stderr: { write: (text) => void stderr.push(text), isTerminal: false },
    onSignal: () => {},
    exit: () => {},
    now: () => 0,
    random: () => 0,
    readMemory: () => ({ rssBytes: 0, heapLimitBytes: 0, totalBytes: 0 }),
    readUsage: () => ({ uptimeSeconds: 0, cpuSeconds: 0, rssBytes: 0, heapUsedBytes: 0, heapTotalBytes: 0 }),
    nodeVersion: '26.0.0',
  });
  return { exitCode, stdout: stdout.join(''), stderr: stderr.join('') };
}

describe('wrong use', () => {
  it('without a verb tells what to try and ends with 2', async () => {
    const { exitCode, stdout, stderr } = await cli([]);
    assert.equal(exitCode, 2);
    assert.equal(stdout, '');
    assert.match(stderr, /spanmeter run --config FILE/);
  });

  for (const argv of [['rnu'], ['validate', '--strcit'], ['validate', '--format', 'xml'], ['run', 'extra']]) {
    it(`${argv.join(' ')} ends with 2 and says why on stderr`, async () => {
      const { exitCode, stdout, stderr } = await cli(argv);
      assert.deepEqual([exitCode, stdout], [2, '']);
      assert.match(stderr, /error: /);
    });
  }
});

describe('help', () => {
  for (const { name, summary, example } of VERBS) {
    it(`of ${name} goes to stdout, says what it does, and ends with an example`, async () => {
      const { exitCode, stdout } = await cli([...name.split(' '), '--help']);
      assert.equal(exitCode, 0);
      assert.ok(stdout.replaceAll(/\s+/g, ' ').includes(summary));
      assert.ok(stdout.trimEnd().endsWith(example));
    });
  }
});

describe('validate', () => {
  it('says ok of a config without faults', async () => {
    const { exitCode, stdout, stderr } = await cli(['validate', '-c', file('good.yaml', CONFIG)]);
    assert.deepEqual([exitCode, stderr], [0, '']);
    assert.match(stdout, /^ok: .*good\.yaml\n$/);
  });

  it('reports every fault on stderr and ends with 78', async () => {
    const broken = CONFIG.replace('http://tempo:4318', 'tempo').replace('[genai, otlp_http/tempo]', '[genai, otlp_http/temp]');
    const { exitCode, stdout, stderr } = await cli(['validate', '-c', file('broken.yaml', broken)]);
    assert.deepEqual([exitCode, stdout], [78, '']);
    assert.match(stderr, /broken\.yaml:7:15 error\[wrong_value\] exporters\.otlp_http\/tempo\.endpoint/);
    assert.match(stderr, /broken\.yaml:11:53 error\[unknown_id\] service\.pipelines\.traces\.exporters\[1\]/);
  });

  it('prints JSON for programs and annotations for reviews on stdout', async () => {
    const name = file('typo.yaml', CONFIG.replace('genai: }', 'genai: { dimension: [] } }'));
    const json = await cli(['validate', '-c', name, '--format', 'json']);
    assert.equal(json.exitCode, 78);
    const [fault] = JSON.parse(json.stdout);
    assert.deepEqual([fault.line, fault.code, fault.path], [3, 'unknown_key', 'connectors.genai.dimension']);
    const github = await cli(['validate', '-c', name, '--format', 'github']);
    assert.match(github.stdout, /^::error file=.*typo\.yaml,line=3,/);
  });

  it('takes a variable that is not set as a warning, and as an error with --strict', async () => {
    const name = file('unset.yaml', CONFIG.replace(':-canary-2', ''));
    const lenient = await cli(['validate', '-c', name]);
    assert.equal(lenient.exitCode, 0);
    assert.match(lenient.stderr, /warning\[unset_variable\]/);
    assert.equal((await cli(['validate', '-c', name, '--strict'])).exitCode, 78);
    assert.equal((await cli(['validate', '-c', name, '--strict'], { SCOPE: 'a' })).exitCode, 0);
  });

  it('says which file cannot be read', async () => {
    const { exitCode, stderr } = await cli(['validate', '-c', 'missing.yaml']);
    assert.equal(exitCode, 78);
    assert.match(
      stderr,
      /^missing\.yaml error\[yaml\]: cannot read the config: there is no such file\n1 error in missing\.yaml\n$/,
    );
  });

  it('never shows a secret', async () => {
    const name = file(
      'secret.yaml',
      CONFIG.replace('"Bearer canary-1"', '{ a: canary-1 }').replace('tempo:4318', 'tempo:canary'),
    );
    const { stderr } = await cli(['validate', '-c', name]);
    assert.doesNotMatch(stderr, /canary-[12]/);
  });
});

describe('print-config', () => {
  it('covers secrets unless told not to', async () => {
    const name = file('print.yaml', CONFIG);
    const covered = await cli(['print-config', '-c', name]);
    assert.equal(covered.exitCode, 0);
    assert.doesNotMatch(covered.stdout, /canary/);
    assert.match(covered.stdout, /authorization: "?\[REDACTED\]/);
    assert.match((await cli(['print-config', '-c', name, '--unredacted'])).stdout, /Bearer canary-1[\s\S]*canary-2/);
  });

  it('prints values that read as themselves again', async () => {
    const values = { SCOPE: 'a$$b$', RETRY: 'false' };
    const config = CONFIG.replace(
      '    headers: {',
      () => '    retry_on_failure: { enabled: "${env:RETRY}" }\n    headers: { x: "$$$${y}",',
    );
    const { stdout } = await cli(['print-config', '-c', file('dollars.yaml', config), '--unredacted'], values);
    const again = await cli(['print-config', '-c', file('dollars-again.yaml', stdout), '--unredacted']);
    assert.deepEqual([again.stdout, again.exitCode], [stdout, 0]);
    assert.match(stdout, /x: \$\$\$\$\{y\}$/m);
    assert.match(stdout, /x-scope: a\$\$\$b\$$/m);
    assert.match(stdout, /enabled: false$/m);
  });

  it('prints what validates again', async () => {
    const { stdout } = await cli(['print-config', '-c', file('again.yaml', CONFIG), '--unredacted']);
    assert.equal((await cli(['validate', '-c', file('printed.yaml', stdout)])).exitCode, 0);
  });
});

describe('what is built in', () => {
  it('is listed with its aliases', async () => {
    const { exitCode, stdout } = await cli(['components']);
    assert.equal(exitCode, 0);
    assert.match(stdout, /^exporter +otlp_http \(otlphttp\) /m);
    const columns = stdout
      .trimEnd()
      .split('\n')
      .map((line) => /^\w+ +\w+(?: \(.*?\))? +/.exec(line)?.[0].length);
    assert.equal(new Set(columns).size, 1, stdout);
    assert.ok(JSON.parse((await cli(['components', '--json'])).stdout).length > 3);
  });

  it('has a schema', async () => {
    const schema = JSON.parse((await cli(['schema'])).stdout);
    assert.equal(schema.$schema, 'http://json-schema.org/draft-07/schema#');
  });

  it('has a version', async () => {
    assert.match((await cli(['version'])).stdout, /^spanmeter \d+\.\d+\.\d+ \(node 26\.0\.0\)\n$/);
    assert.equal(JSON.parse((await cli(['version', '--json'])).stdout).node, '26.0.0');
    assert.deepEqual(await cli(['--version']), await cli(['version']));
  });
});
