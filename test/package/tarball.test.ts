/** The package as a person gets it: packed, installed in an empty folder, run by its command. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startChild, untilReady } from '../helpers/children.ts';
import { cleanEnvironment, logLines } from '../helpers/daemon.ts';
import { freePort } from '../helpers/free-ports.ts';
import { post, send } from '../helpers/http.ts';
import { copyOfProject, findRegistry, npm, PACKAGE } from '../helpers/npm.ts';
import { Page } from '../helpers/page.ts';
import { sample } from '../helpers/samples.ts';

const registry = await findRegistry();

describe('the packed tarball', { skip: registry.missing }, () => {
  let project: string;
  let folder: string;
  let packed: readonly string[];

  before(async () => {
    project = copyOfProject();
    folder = mkdtempSync(join(tmpdir(), 'spanmeter-installed-'));
    const [{ filename, files }] = JSON.parse(await npm(project, 'pack', '--json', '--silent')) as [
      { filename: string; files: readonly { path: string }[] },
    ];
    packed = files.map(({ path }) => path);
    writeFileSync(join(folder, 'package.json'), '{}');
    await npm(folder, 'install', '--ignore-scripts', join(project, filename));
  });

  after(() => {
    for (const made of [project, folder]) rmSync(made, { recursive: true, force: true });
  });

  function spanmeter(...args: readonly string[]) {
    return startChild(join(folder, 'node_modules/.bin/spanmeter'), args, { cwd: folder, env: cleanEnvironment(folder, {}) });
  }

  async function outputOf(...args: readonly string[]): Promise<string> {
    const child = spanmeter(...args);
    assert.equal(await child.exited, 0, child.stderr());
    return child.stdout();
  }

  it('holds the program and what a person needs with it', () => {
    for (const path of [
      'bin/spanmeter.js',
      'dist/main.js',
      'schema.json',
      'config.example.yaml',
      'deploy/prometheus/openrouter.rules.yml',
      'README.md',
      'LICENSE',
      'CHANGELOG.md',
    ])
      assert.ok(packed.includes(path), path);
  });

  it('holds no sources and no tests', () => {
    assert.deepEqual(
      packed.filter((path) => /\.ts$|^(?:src|test|bench|docs)\//.test(path)),
      [],
    );
  });

  it('knows its version', async () => {
    assert.equal(await outputOf('version'), `spanmeter ${PACKAGE.version} (node ${process.versions.node})\n`);
  });

  it('validates the example config that it brings', async () => {
    await outputOf('validate', '-c', 'node_modules/spanmeter/config.example.yaml');
  });

  it('prints the schema that it brings', async () => {
    const brought = readFileSync(join(folder, 'node_modules/spanmeter/schema.json'), 'utf8');
    assert.equal(await outputOf('schema'), brought);
  });

  it('runs: takes a delivery, counts its cost, ends cleanly', async () => {
    const [intake, metrics] = [await freePort(), await freePort()];
    writeFileSync(join(folder, 'spanmeter.yaml'), configOf(intake, metrics));
    const daemon = spanmeter('run');
    await untilReady(daemon, 'the daemon', () => logLines(daemon.stderr()).some(({ msg }) => msg === 'started'));
    assert.equal((await post(`http://127.0.0.1:${intake}/v1/traces`, sample('S02'))).status, 200);
    const { body } = await send(`http://127.0.0.1:${metrics}/metrics`, undefined, { method: 'GET' });
    assert.equal(new Page(body).sum('openrouter_cost_usd_total'), '0.004005');
    daemon.kill('SIGTERM');
    assert.equal(await daemon.exited, 0, daemon.stderr());
  });

  it('demonstrates itself, and what it counted is what was sent', async () => {
    const output = await outputOf('demo', '--duration', '1s');
    assert.match(output, /^total +\d+ .*\$\d+\.\d+\ncounted exactly what was sent$/m);
  });
});

function configOf(intake: number, metrics: number): string {
  return `
receivers:
  otlp: { protocols: { http: { endpoint: 127.0.0.1:${intake} } } }
connectors:
  genai:
exporters:
  prometheus: { endpoint: 127.0.0.1:${metrics} }
service:
  telemetry: { metrics: { level: none } }
  pipelines:
    traces:  { receivers: [otlp],  exporters: [genai] }
    metrics: { receivers: [genai], exporters: [prometheus] }
`;
}
