/** The container image, without a container: the steps of the Dockerfile by hand, and the result under the user it names. */
import assert from 'node:assert/strict';
import { chmodSync, cpSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { parse } from 'yaml';
import { type Child, startChild, untilReady } from '../helpers/children.ts';
import { logLines, ROOT } from '../helpers/daemon.ts';
import { DockerBuild, dockerContext, type Image, parseDockerfile } from '../helpers/dockerfile.ts';
import { freePort } from '../helpers/free-ports.ts';
import { post, send } from '../helpers/http.ts';
import { findRegistry, npmEnvironment, PACKAGE } from '../helpers/npm.ts';
import { Page } from '../helpers/page.ts';
import { sample } from '../helpers/samples.ts';

const INSTRUCTIONS = parseDockerfile(readFileSync(join(ROOT, 'Dockerfile'), 'utf8'));
const CONFIG = '/etc/spanmeter/config.yaml';
const NODE = '/usr/local/bin/node';
const DATA = '/var/lib/spanmeter';
const registry = await findRegistry();

describe('the image', { skip: registry.missing }, () => {
  let context: string;
  let build: DockerBuild;
  let image: Image;
  let files: readonly string[];
  let daemon: Child;
  let urlByPort: ReadonlyMap<number, string>;

  before(async () => {
    context = dockerContext(ROOT);
    build = new DockerBuild(context, npmEnvironment());
    image = await build.build(INSTRUCTIONS);
    files = globSync('**', { cwd: image.root });
    // What the base brings.
    mkdirSync(join(image.root, '/usr/local/bin'), { recursive: true });
    cpSync(process.execPath, join(image.root, NODE));
    chmodSync(image.root, 0o755);
    urlByPort = await movePorts(image);
    daemon = start(image, [...image.entrypoint, ...image.command]);
    await untilReady(daemon, 'the daemon', () => logLines(daemon.stderr()).some(({ msg }) => msg === 'started'));
  });

  after(() => {
    for (const made of [context, ...build.roots]) rmSync(made, { recursive: true, force: true });
  });

  it('is of the Node that the tests run on, by tag', () => {
    assert.match(image.base, new RegExp(`^node:${PACKAGE.devDependencies['node']}-slim$`));
  });

  it('was asked for its version while it was built', () => {
    assert.match(build.output, new RegExp(`^spanmeter ${PACKAGE.version} `, 'm'));
  });

  it('holds the program, its libraries and a config, and no tool to build it', () => {
    for (const path of ['app/dist/main.js', 'app/package.json', 'app/node_modules/yaml/package.json', CONFIG.slice(1)])
      assert.ok(files.includes(path), path);
    for (const name of Object.keys(PACKAGE.devDependencies)) assert.ok(!files.includes(`app/node_modules/${name}`), name);
    assert.deepEqual(
      files.filter((path) => /^app\/(?!node_modules).*\.ts$/.test(path)),
      [],
    );
  });

  it('says what it is', () => {
    const { title, licenses, version } = Object.fromEntries(
      Object.entries(image.labels).map(([name, value]) => [name.replace('org.opencontainers.image.', ''), value]),
    );
    assert.deepEqual({ title, licenses, version }, { title: 'spanmeter', licenses: 'Apache-2.0', version: PACKAGE.version });
  });

  it('runs as nobody in particular, named by number', () => assert.equal(image.user, '10001:10001'));

  it('runs in production, with a heap that fits the memory of the container', () => {
    assert.deepEqual(image.environment, {
      NODE_ENV: 'production',
      NODE_OPTIONS: '--max-old-space-size-percentage=75',
      MALLOC_ARENA_MAX: '1',
    });
  });

  it('exposes the ports that its config listens on, on every address', () => {
    const text = readFileSync(join(ROOT, 'deploy/docker/config.yaml'), 'utf8');
    const { extensions, receivers, exporters, service } = parse(text);
    const { host, port } = service.telemetry.metrics.readers[0].pull.exporter.prometheus;
    const endpoints = [
      receivers.otlp.protocols.http.endpoint,
      exporters.prometheus.endpoint,
      `${host}:${port}`,
      extensions.health_check.endpoint,
    ];
    assert.deepEqual(
      endpoints,
      image.ports.map((exposed) => `0.0.0.0:${exposed}`),
    );
  });

  it('counts what it is sent', async () => {
    assert.equal((await post(`${urlByPort.get(4318)}/v1/traces`, sample('S02'))).status, 200);
    const { body } = await send(`${urlByPort.get(9464)}/metrics`, undefined, { method: 'GET' });
    assert.equal(new Page(body).sum('openrouter_cost_usd_total'), '0.004005');
  });

  it('shows metrics of its own', async () => {
    const { status, body } = await send(`${urlByPort.get(8888)}/metrics`, undefined, { method: 'GET' });
    assert.equal(status, 200);
    assert.match(body, /^otelcol_process_uptime/m);
  });

  it('runs with no right to change anything in it', () => {
    // Only root can become another user; whoever else runs the tests is nobody in particular already.
    const id = process.getuid?.() === 0 ? '10001' : String(process.getuid?.());
    const status = readFileSync(`/proc/${daemon.pid}/status`, 'utf8');
    assert.equal(/^Uid:\s+(.*)$/m.exec(status)?.[1], Array(4).fill(id).join('\t'));
  });

  it('is healthy by its own check, without a shell, and unhealthy once it is gone', async () => {
    assert.match(image.health.options, /--interval=\S+ --timeout=\S+/);
    const healthy = start(image, image.health.command);
    assert.equal(await healthy.exited, 0, healthy.stderr());
    daemon.kill('SIGTERM');
    assert.equal(await daemon.exited, 0, daemon.stderr());
    const gone = start(image, image.health.command);
    assert.equal(await gone.exited, 1, gone.stdout());
  });

  it('wrote to its volume alone, so its file system may be read-only', () => {
    assert.deepEqual(image.volumes, [DATA]);
    const found = globSync('**', { cwd: image.root });
    const kept = found.filter((path) => `/${path}`.startsWith(`${DATA}/`));
    assert.ok(kept.some((path) => path.endsWith('.log')));
    assert.deepEqual(found.filter((path) => !path.startsWith('usr') && !kept.includes(path)).sort(), [...files].sort());
  });

  it('keeps that for itself', () => {
    const { mode, uid } = statSync(join(image.root, DATA));
    assert.equal(mode & 0o777, 0o700);
    assert.equal(uid, process.getuid?.() === 0 ? 10_001 : process.getuid?.());
  });
});

/** The shipped config on ports that are free here; the base of the URL by the port that it had. */
async function movePorts({ root, ports }: Image): Promise<ReadonlyMap<number, string>> {
  const moved = new Map<number, string>();
  let text = readFileSync(join(root, CONFIG), 'utf8');
  for (const port of ports) {
    const free = await freePort();
    text = text.replace(new RegExp(`0\\.0\\.0\\.0:${port}|host: 0\\.0\\.0\\.0, port: ${port}`), (listener) =>
      listener.replace('0.0.0.0', '127.0.0.1').replace(String(port), String(free)),
    );
    moved.set(port, `http://127.0.0.1:${free}`);
  }
  writeFileSync(join(root, CONFIG), text);
  return moved;
}

/** Absolute paths are those of the image; so is the place where the config is found. */
function start({ root, workdir, user, environment }: Image, argv: readonly string[]): Child {
  const [command = '', ...args] = argv;
  assert.equal(command, 'node');
  const [uid, gid] = user.split(':').map(Number);
  return startChild(
    join(root, NODE),
    args.map((arg) => (arg.startsWith('/') ? join(root, arg) : arg)),
    {
      cwd: join(root, workdir),
      env: { ...environment, SPANMETER_CONFIG: join(root, CONFIG), STATE_DIRECTORY: join(root, DATA) },
      ...(process.getuid?.() === 0 && uid !== undefined && gid !== undefined ? { uid, gid } : {}),
    },
  );
}
