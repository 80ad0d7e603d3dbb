/** Captured requests sent once more: what arrives, what is told, and what it ends with. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { decodeTracesJson } from '../../src/otlp/json.ts';
import { encodeRpcStatus } from '../../src/otlp/protobuf/answer.ts';
import { cli } from '../helpers/cli.ts';
import { startDaemon } from '../helpers/daemon.ts';
import { ACCEPT, Destination } from '../helpers/destination.ts';
import { FileRig, temporaryFolder } from '../helpers/file-exporter.ts';
import { freePort } from '../helpers/free-ports.ts';
import { send } from '../helpers/http.ts';
import { Page } from '../helpers/page.ts';
import { SAMPLES, sample, TOTAL_COST_USD } from '../helpers/samples.ts';

const directory = temporaryFolder();

/** Of all samples. */
async function capture(yaml = ''): Promise<string> {
  const rig = await FileRig.open(yaml);
  for (const { body } of SAMPLES) await rig.attempt(decodeTracesJson(body).batch);
  await rig.close();
  return rig.path;
}

function file(name: string, content: string | Uint8Array): string {
  writeFileSync(join(directory, name), content);
  return name;
}

function config(intake: number, page: number): string {
  return `
receivers: { otlp: { protocols: { http: { endpoint: 127.0.0.1:${intake}, auth: { authenticator: bearertokenauth } } } } }
connectors: { genai: }
exporters: { prometheus: { endpoint: 127.0.0.1:${page} } }
extensions: { bearertokenauth: { token: secret } }
service:
  extensions: [bearertokenauth]
  telemetry: { metrics: { level: none } }
  pipelines:
    traces: { receivers: [otlp], exporters: [genai] }
    metrics: { receivers: [genai], exporters: [prometheus] }
`;
}

describe('replay', () => {
  for (const [yaml, mediaType] of [
    ['', 'application/json'],
    ['format: proto\ncompression: zstd', 'application/x-protobuf'],
  ] as const) {
    it(`gives a daemon back all that the file exporter wrote as ${mediaType}, as its config lets it in`, async () => {
      const [intake, page] = [await freePort(), await freePort()];
      const daemon = await startDaemon(config(intake, page));
      const name = file('spanmeter.yaml', config(intake, page));
      const path = await capture(yaml);
      const { exitCode, stdout, stderr } = await cli(['replay', path, '-c', name], { directory });
      assert.deepEqual([exitCode, stderr], [0, '']);
      assert.equal(stdout, `${path}: 19 requests sent, 19 accepted with 37 spans\n`);
      const counted = new Page((await send(`http://127.0.0.1:${page}/metrics`, undefined, { method: 'GET' })).body);
      assert.equal(counted.sum('openrouter_cost_usd_total'), TOTAL_COST_USD);
      await daemon.stop();
    });
  }

  it('sends the bytes as they are, to /v1/traces of a URL without a path', async () => {
    const destination = await Destination.open();
    file('one.json', sample('S02'));
    const { exitCode } = await cli(['replay', 'one.json', '--to', destination.url], { directory });
    const [{ method, path, headers, body } = assert.fail()] = destination.arrived;
    assert.deepEqual([exitCode, method, path, headers['content-type']], [0, 'POST', '/v1/traces', 'application/json']);
    assert.deepEqual(body, sample('S02'));
  });

  it('goes on after a refusal, says which request it was, and ends with 1', async () => {
    const script = (_: unknown, nth: number) =>
      nth === 1 ? { status: 400, body: JSON.stringify({ message: 'no\u001b[31m' }) } : ACCEPT;
    const destination = await Destination.open(script);
    file('three.jsonl', '{}\n{"x":1}\n{}\n');
    const run = await cli(['replay', 'three.jsonl', 'three.jsonl', '--to', `${destination.url}/x`, '--json'], { directory });
    assert.equal(run.exitCode, 1);
    assert.deepEqual(JSON.parse(run.stdout), [
      { file: 'three.jsonl', requests: 3, accepted: 2, spans: 0 },
      { file: 'three.jsonl', requests: 3, accepted: 3, spans: 0 },
    ]);
    assert.equal(run.stderr, 'three.jsonl: request 2 was answered 400: no[31m\n');
    assert.equal(destination.arrived[0]?.path, '/x');
  });

  it('tells the message of a refusal in protobuf, and what is no status as it is', async () => {
    const bodies = [Buffer.from(encodeRpcStatus({ code: 3, message: 'too\u001b many' })), 'no\u0007 way', '[1]'];
    const script = (_: unknown, nth: number) => ({ status: 400, body: bodies[nth] ?? assert.fail() });
    const destination = await Destination.open(script);
    file('three.jsonl', '{}\n{}\n{}\n');
    const { stderr } = await cli(['replay', 'three.jsonl', '--to', destination.url], { directory });
    const told = stderr.split('\n').map((line) => line.replace(/.*answered /, ''));
    assert.deepEqual(told, ['400: too many', '400: no way', '400: [1]', '']);
  });

  it('names a missing file, and no remedy for what is not wrong', async () => {
    const name = file('spanmeter.yaml', config(await freePort(), await freePort()));
    const { exitCode, stderr } = await cli(['replay', 'no.jsonl', '-c', name], { directory });
    assert.deepEqual([exitCode, stderr], [1, 'no.jsonl: there is no such file\n']);
  });

  it('sends nothing of a file that holds no request', async () => {
    const destination = await Destination.open();
    file('notes.txt', 'hello, world\n');
    const { exitCode, stderr } = await cli(['replay', 'notes.txt', '--to', destination.url], { directory });
    assert.equal(exitCode, 1);
    assert.match(stderr, /^notes\.txt: cannot read ".*notes\.txt": it is neither OTLP\/JSON nor protobuf\n$/);
    assert.equal(destination.arrived.length, 0);
  });

  it('sends again what it is asked to wait with', async () => {
    const script = (_: unknown, nth: number) => (nth === 0 ? { status: 429, headers: { 'retry-after': '0.01' } } : ACCEPT);
    const destination = await Destination.open(script);
    file('one.jsonl', '{}\n');
    assert.equal((await cli(['replay', 'one.jsonl', '--to', destination.url], { directory })).exitCode, 0);
    assert.equal(destination.arrived.length, 2);
  });

  it('tells how to start a daemon where none answers', async () => {
    const name = file('spanmeter.yaml', config(await freePort(), await freePort()));
    file('one.jsonl', '{}\n');
    const { exitCode, stderr } = await cli(['replay', 'one.jsonl', '-c', name], { directory });
    assert.equal(exitCode, 1);
    assert.match(stderr, /^one\.jsonl: cannot reach http:.*ECONNREFUSED.*; "spanmeter run" starts a daemon.*\n$/);
  });

  it('ends with 1 for a file that cannot be read, after those that can', async () => {
    const destination = await Destination.open();
    file('one.jsonl', '{}\n');
    const { exitCode, stdout, stderr } = await cli(['replay', 'no.jsonl', 'one.jsonl', '--to', destination.url], { directory });
    assert.equal(exitCode, 1);
    assert.match(stderr, /^no\.jsonl: there is no such file\n$/);
    assert.match(stdout, /^one\.jsonl: 1 requests sent, 1 accepted/m);
  });

  for (const [argv, exitCode, message] of [
    [['replay'], 2, /missing required argument 'file'/],
    [['replay', 'a', '--to', 'nowhere'], 2, /expected a URL such as/],
    [['replay', 'a', '-c', 'broken.yaml'], 78, /error\[/],
  ] as const) {
    it(`"${argv.join(' ')}" ends with ${exitCode}`, async () => {
      file('broken.yaml', 'receivers: 1\n');
      const run = await cli(argv, { directory });
      assert.equal(run.exitCode, exitCode);
      assert.match(run.stderr, message);
    });
  }

  it('says so where credentials cannot be known', async () => {
    const extensions = 'extensions: { basicauth: { htpasswd: { inline: "a:{SHA}x" } } }';
    const text = config(1, 2)
      .replace(/extensions: \{ bearer.*\n/, `${extensions}\n`)
      .replaceAll('bearertokenauth', 'basicauth');
    file('spanmeter.yaml', text);
    const { exitCode, stderr } = await cli(['replay', 'a', '-c', 'spanmeter.yaml'], { directory });
    assert.equal(exitCode, 1);
    assert.match(stderr, /name a server with --to/);
  });
});
