/** The composition with Tempo, Prometheus and Grafana: its parts fit each other, and spanmeter starts with its config. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { ROOT, runToEnd } from '../helpers/daemon.ts';
import { findPrometheus } from '../helpers/prometheus.ts';

type Service = Readonly<{
  image: string;
  volumes?: readonly string[];
  ports?: readonly string[];
  read_only?: boolean;
  cap_drop?: readonly string[];
  security_opt?: readonly string[];
  user?: string;
}>;

const FOLDER = join(ROOT, 'deploy/compose');
const read = (file: string) => parse(readFileSync(join(FOLDER, file), 'utf8'), { strict: true, uniqueKeys: true });
const { services, volumes }: { services: Readonly<Record<string, Service>>; volumes: object } = read('docker-compose.yaml');
const peer = findPrometheus();

describe('the composition', () => {
  for (const file of readdirSync(FOLDER)) {
    it(`is YAML in ${file}`, () => assert.equal(typeof read(file), 'object'));
  }

  it('mounts files and volumes that are there, files for reading only', () => {
    for (const [source = '', , mode] of Object.values(services).flatMap(mountsOf)) {
      if (source.startsWith('.')) {
        assert.ok(existsSync(join(FOLDER, source)), source);
        assert.equal(mode, 'ro', source);
      } else assert.ok(source in volumes, source);
    }
  });

  it('takes images of a version, not of the day', () => {
    for (const [name, { image }] of Object.entries(services)) {
      if (name !== 'spanmeter') assert.match(image, /^[\w/]+:v?\d+\.\d+\.\d+$/, name);
    }
  });

  it('opens ports on loopback only', () => {
    const ports = Object.values(services).flatMap(({ ports = [] }) => ports);
    assert.ok(ports.length > 0);
    for (const port of ports) assert.match(port, /^127\.0\.0\.1:(\d+):\1$/);
  });

  it('gives spanmeter no right that it does not need', () => {
    const { user, read_only, cap_drop, security_opt } = services['spanmeter']!;
    assert.deepEqual(
      { user, read_only, cap_drop, security_opt },
      { user: '10001:10001', read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] },
    );
  });

  it('has a config of spanmeter that is valid but for its open port', async () => {
    const { code, stdout } = await runToEnd(['validate', '--format', 'json', '-c', join(FOLDER, 'spanmeter.yaml')], '');
    const faults: readonly Readonly<{ code: string }>[] = JSON.parse(stdout);
    assert.deepEqual(
      faults.map((fault) => fault.code),
      ['open_listener'],
    );
    assert.equal(code, 0);
  });

  it('sends spans to where Tempo listens', () => {
    const { endpoint } = read('spanmeter.yaml').exporters['otlp_http/tempo'];
    const listens = read('tempo.yaml').distributor.receivers.otlp.protocols.http.endpoint;
    assert.equal(endpoint, `http://tempo:${listens.split(':')[1]}`);
    assert.ok('tempo' in services);
  });

  it('scrapes both pages of spanmeter', () => {
    const { exporters, service } = read('spanmeter.yaml');
    const { port } = service.telemetry.metrics.readers[0].pull.exporter.prometheus;
    const targets = read('prometheus.yaml').scrape_configs.flatMap(
      ({ static_configs }: { static_configs: readonly Readonly<{ targets: readonly string[] }>[] }) =>
        static_configs.flatMap((config) => config.targets),
    );
    assert.deepEqual(targets, [`spanmeter:${exporters.prometheus.endpoint.split(':')[1]}`, `spanmeter:${port}`]);
  });

  it('shows Grafana the services that are there', () => {
    const { datasources } = read('grafana-datasources.yaml');
    assert.deepEqual(
      datasources.map(({ url }: { url: string }) => url),
      ['http://prometheus:9090', `http://tempo:${read('tempo.yaml').server.http_listen_port}`],
    );
  });

  it('has a config of Prometheus that it takes, with the rules where the service mounts them', { skip: peer.missing }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'spanmeter-compose-'));
    try {
      for (const [source = '', target = ''] of mountsOf(services['prometheus']!)) {
        if (source.startsWith('.')) cpSync(join(FOLDER, source), join(folder, target));
      }
      const file = join(folder, 'etc/prometheus/prometheus.yaml');
      const { status, stdout, stderr } = spawnSync('promtool', ['check', 'config', '--lint-fatal', file], { encoding: 'utf8' });
      assert.equal(status, 0, `${stdout}${stderr}`);
      assert.match(stdout, /[1-9]\d* rules found/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

/** Source, target and mode of each. */
function mountsOf({ volumes: mounts = [] }: Service): readonly (readonly string[])[] {
  return mounts.map((mount) => mount.split(':'));
}
