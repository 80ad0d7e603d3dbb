/** What a daemon shows of its journal: on the page of its own metrics, to probes, and in its log; every figure is made to move. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { callOf } from '../helpers/call-body.ts';
import { type Daemon, startDaemon } from '../helpers/daemon.ts';
import { temporaryFolder } from '../helpers/disk-journal.ts';
import { freePort } from '../helpers/free-ports.ts';
import { post, send } from '../helpers/http.ts';
import { until } from '../helpers/until.ts';

const CONNECTION_TEST = JSON.stringify({
  resourceSpans: [{ scopeSpans: [{ spans: [{ traceId: '1'.padStart(32, '0'), spanId: '1'.padStart(16, '0'), name: 'test' }] }] }],
});

type Ports = Readonly<{ intake: number; own: number; health: number }>;
type Given = Readonly<{ journal?: string; exporters?: readonly string[] }>;

/** One data directory, and the daemons that use it one after the other. */
class Rig {
  readonly directory = join(temporaryFolder(), 'data');
  readonly #ports: Ports;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  static async open(): Promise<Rig> {
    return new Rig({ intake: await freePort(), own: await freePort(), health: await freePort() });
  }

  start({ journal = '', exporters = ['tempo'] }: Given = {}): Promise<Daemon> {
    const { intake, own, health } = this.#ports;
    const ids = exporters.map((name) => `otlp_http/${name}`);
    return startDaemon(`
receivers: { otlp: { protocols: { http: { endpoint: 127.0.0.1:${intake} } } } }
exporters:
${ids.map((id) => `  ${id}: { endpoint: 'http://127.0.0.1:9', sending_queue: { num_consumers: 1 } }`).join('\n')}
  debug:
extensions: { health_check: { endpoint: 127.0.0.1:${health} } }
service:
  extensions: [health_check]
  telemetry: { metrics: { address: 127.0.0.1:${own} } }
  journal: { directory: '${this.directory}', min_free: 0, ${journal} }
  pipelines: { traces: { receivers: [otlp], exporters: [debug, ${ids.join(', ')}] } }
`);
  }

  post(body: string) {
    return post(`http://127.0.0.1:${this.#ports.intake}/v1/traces`, body);
  }

  async take(...bodies: readonly string[]): Promise<void> {
    for (const body of bodies) assert.equal((await this.post(body)).status, 200);
  }

  /** By name and labels as they stand on the page. */
  async figures(): Promise<ReadonlyMap<string, number>> {
    const { body } = await send(`http://127.0.0.1:${this.#ports.own}/metrics`, undefined, { method: 'GET' });
    return new Map(
      [...body.matchAll(/^(spanmeter_journal_\S+) (\S+)$/gm)].map(([, name = '', value]) => [
        name.replace('spanmeter_journal_', '').replace(/\{\}$/, ''),
        Number(value),
      ]),
    );
  }

  async figure(name: string): Promise<number | undefined> {
    return (await this.figures()).get(name);
  }

  probe(path: string) {
    return send(`http://127.0.0.1:${this.#ports.health}${path}`, undefined, { method: 'GET' });
  }

  segments(): readonly string[] {
    const names = readdirSync(join(this.directory, 'journal')).filter((name) => name.endsWith('.log'));
    return names.toSorted().map((name) => join(this.directory, 'journal', name));
  }
}

async function kill(daemon: Daemon): Promise<void> {
  process.kill(daemon.pid, 'SIGKILL');
  await until('the end of the process', () => !isAlive(daemon.pid));
}

function isAlive(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

function recoveryIn(daemon: Daemon) {
  return daemon.log().find(({ msg }) => msg === 'the journal is open') ?? assert.fail(daemon.stderr());
}

const numbers = (from: number, count: number) => Array.from({ length: count }, (_, index) => callOf(from + index));

describe('the figures of the journal', () => {
  it('begin at 0, and follow what is taken, repeated, unknown and not sent', async () => {
    const rig = await Rig.open();
    const daemon = await rig.start();
    const first = await rig.figures();
    for (const name of ['duplicate_spans', 'unkeyed_spans', 'corrupt_records', 'snapshot_failures']) {
      assert.equal(first.get(`${name}_total`), 0, name);
    }
    assert.equal(first.get('dropped_spans_total{reader="otlp_http/tempo",reason="backlog_full"}'), 0);
    assert.deepEqual([first.get('durable'), first.get('ready'), first.get('segments')], [1, 1, 1]);
    assert.deepEqual([first.get('dedupe_window_seconds'), first.get('oldest_unsent_seconds{reader="otlp_http/tempo"}')], [0, 0]);
    await rig.take(...numbers(1, 5), callOf(1), CONNECTION_TEST, CONNECTION_TEST);
    const then = await rig.figures();
    assert.deepEqual([then.get('duplicate_spans_total'), then.get('unkeyed_spans_total')], [1, 2]);
    const bytes = rig.segments().reduce((sum, path) => sum + readFileSync(path).length, 0);
    assert.equal(then.get('bytes'), bytes);
    assert.ok((then.get('sync_seconds_count') ?? 0) >= (first.get('sync_seconds_count') ?? 0) + 5);
    assert.ok((then.get('sync_seconds_sum') ?? 0) > 0);
    await until('time to pass', async () => {
      const now = await rig.figures();
      return (now.get('dedupe_window_seconds') ?? 0) > 0 && (now.get('oldest_unsent_seconds{reader="otlp_http/tempo"}') ?? 0) > 0;
    });
    await daemon.stop();
  });

  it('tell records that were damaged, and what a crash cut', async () => {
    const rig = await Rig.open();
    await rig.start().then(async (daemon) => {
      await rig.take(...numbers(1, 20));
      await kill(daemon);
    });
    const [segment = ''] = rig.segments();
    const bytes = readFileSync(segment);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    writeFileSync(segment, bytes);
    appendFileSync(segment, Buffer.alloc(100, 'torn'));
    const daemon = await rig.start();
    assert.equal(await rig.figure('corrupt_records_total'), 1);
    const { position, records_replayed, corrupt_records, torn_bytes, duration_seconds } = recoveryIn(daemon);
    assert.deepEqual({ corrupt_records, torn_bytes }, { corrupt_records: 1, torn_bytes: 100 });
    assert.ok(Number(position) >= 21 && Number(records_replayed) >= 20 && Number(duration_seconds) >= 0);
    assert.deepEqual(readdirSync(join(rig.directory, 'quarantine')).length, 1);
    await daemon.stop();
  });

  it('tell spans that were given up, for want of room and with their exporter, and snapshots that failed', async () => {
    const rig = await Rig.open();
    const journal = 'segment_size: 64KiB, max_size: 128KiB';
    const first = await rig.start({ journal, exporters: ['tempo', 'cloud'] });
    const padding = ' '.repeat(60_000);
    await rig.take(...numbers(1, 8).map((body) => body + padding));
    const dropped = (reader: string, reason: string) => `dropped_spans_total{reader="otlp_http/${reader}",reason="${reason}"}`;
    await until('a loss', async () => ((await rig.figure(dropped('tempo', 'backlog_full'))) ?? 0) > 0);
    const obstacle = join(rig.directory, 'journal/snapshot.tmp'); // where the next snapshot begins
    await until('a moment with no snapshot under way', () => spawnSync('mkdir', [obstacle]).status === 0);
    await rig.take(...numbers(20, 8).map((body) => body + padding));
    await until('a failure', async () => ((await rig.figure('snapshot_failures_total')) ?? 0) > 0);
    assert.ok(((await rig.figure('segments')) ?? 0) > 2);
    rmdirSync(obstacle);
    await kill(first);
    const second = await rig.start({ journal });
    assert.ok(((await rig.figure(dropped('cloud', 'reader_removed'))) ?? 0) > 0);
    await second.stop();
  });

  it('are all on the page of a daemon that keeps its journal in memory, which says so', async () => {
    const rig = await Rig.open();
    const daemon = await rig.start({ journal: 'storage: memory' });
    const line = daemon.log().find(({ msg }) => msg.startsWith('the journal is in memory'));
    assert.equal(line?.level, 'warn');
    await rig.take(...numbers(1, 3));
    const { length } = callOf(1);
    await until('two that wait for the first', async () => (await rig.figure('bytes')) === 2 * length);
    const shown = await rig.figures();
    assert.deepEqual([shown.get('durable'), shown.get('ready'), shown.get('segments')], [0, 1, 0]);
    process.kill(daemon.pid, 'SIGKILL');
  });
});

describe('a full disk', () => {
  it('makes the daemon unready and its journal unwell, until there is room', async (test) => {
    if (spawnSync('prlimit', ['--version']).status !== 0) return test.skip('there is no prlimit');
    const rig = await Rig.open();
    const daemon = await rig.start();
    assert.equal((await rig.probe('/readyz')).status, 200);
    const limit = (bytes: number | 'unlimited') => {
      assert.equal(spawnSync('prlimit', ['--pid', String(daemon.pid), `--fsize=${bytes}:`]).status, 0);
    };
    limit(8_192); // no file may be larger, which for the daemon is no room
    await until('a refusal', async () => (await rig.post(callOf(1) + ' '.repeat(8_192))).status === 503);
    const refused = await rig.post(callOf(2));
    assert.deepEqual([refused.status, refused.headers['retry-after']], [503, '10']);
    assert.deepEqual([(await rig.probe('/readyz')).status, (await rig.probe('/livez')).status], [503, 200]);
    const { status, components } = JSON.parse((await rig.probe('/healthz')).body);
    const journal = components.find(({ id }: { id: string }) => id === 'journal');
    assert.deepEqual([status, journal.status], ['retrying', 'retrying']);
    assert.match(journal.lastError, /^cannot write to the journal: no room/);
    assert.equal(await rig.figure('ready'), 0);
    limit('unlimited');
    await until('it is ready again', async () => (await rig.probe('/readyz')).status === 200);
    await rig.take(callOf(2));
    assert.equal(await rig.figure('ready'), 1);
    await daemon.stop();
  });
});
