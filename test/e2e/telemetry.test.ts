/** What the daemon tells about itself: to a real Prometheus, to a destination of spans, to probes; and what it tells nobody. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { before, describe, it } from 'node:test';
import { OWN_METRICS } from '../../src/telemetry/names.ts';
import { logLines, runToEnd, startDaemon } from '../helpers/daemon.ts';
import { bodyOf } from '../helpers/delivery-rig.ts';
import { ACCEPT, Destination } from '../helpers/destination.ts';
import { freePort } from '../helpers/free-ports.ts';
import { type Answer, post, send } from '../helpers/http.ts';
import { findPrometheus, lintPage, type Prometheus, startPrometheus } from '../helpers/prometheus.ts';
import { SAMPLES } from '../helpers/samples.ts';
import { until } from '../helpers/until.ts';

const MIB = 1_048_576;
const peer = findPrometheus();

function telemetryOn(port: number, more = ''): string {
  return `telemetry: { metrics: { readers: [{ pull: { exporter: { prometheus: { port: ${port} } } } }] } ${more} }`;
}

function get(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return send(url, undefined, { method: 'GET', headers });
}

describe('a Prometheus that scrapes the metrics of the daemon itself', { skip: peer.missing }, () => {
  let prometheus: Prometheus;
  let own: string;

  before(async () => {
    const [intake, admin, port] = [await freePort(), await freePort(), await freePort()];
    const traces = `http://127.0.0.1:${intake}/v1/traces`;
    const [tempo, picky] = [await Destination.open(), await Destination.open(() => ({ status: 400 }))];
    own = `http://127.0.0.1:${port}/metrics`;
    // Ended with this file: a clean stop would try to reach the dead one for as long as it may.
    await startDaemon(`
receivers:
  otlp: { protocols: { http: { endpoint: 127.0.0.1:${intake} } } }
processors:
  memory_limiter: { check_interval: 1s, limit_mib: 1 }
connectors:
  genai: { dimensions: [trace.metadata.team] }
exporters:
  prometheus: { endpoint: 127.0.0.1:${admin} }
  otlp_http/tempo: { endpoint: '${tempo.url}' }
  otlp_http/picky: { endpoint: '${picky.url}' }
  otlp_http/dead: { endpoint: 'http://127.0.0.1:9', sending_queue: { num_consumers: 1 } }
service:
  ${telemetryOn(port)}
  journal: { max_size: 256KiB, segment_size: 64KiB, min_free: 0 }
  pipelines:
    traces:  { receivers: [otlp],  processors: [memory_limiter], exporters: [genai, otlp_http/tempo, otlp_http/picky, otlp_http/dead] }
    metrics: { receivers: [genai], exporters: [prometheus] }
`);
    prometheus = await startPrometheus(`127.0.0.1:${port}`);
    await until('a first scrape', async () => (await prometheus.value('up')) === 1);
    // More than the journal may hold, so that the dead one falls behind.
    const bodies = [...SAMPLES, ...SAMPLES].map(({ body }) => Buffer.concat([body, Buffer.alloc(70_000, ' ')]));
    for (const body of bodies) assert.equal((await post(traces, body)).status, 200);
    assert.equal((await post(traces, '{')).status, 400);
    await refuse(intake, traces);
    await get(`http://127.0.0.1:${admin}/metrics`);
    const failed = 'otelcol_exporter_send_failed_spans_total{exporter="otlp_http/picky"} > 0';
    await until('what picky refused', async () => (await prometheus.value(failed)) !== undefined, 20_000);
  });

  /** One sender holds what there is room for, so that another is refused; where the other came first, it is tried again. */
  async function refuse(port: number, url: string): Promise<void> {
    let holder = hold(port);
    await until('a refusal', async () => {
      if (holder.destroyed) holder = hold(port);
      return (await post(url, ' '.repeat(MIB))).status === 503;
    });
    holder.destroy();
  }

  function hold(port: number): Socket {
    const holder = connect(port, '127.0.0.1');
    holder.on('error', () => undefined).resume();
    holder.write(`POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${16 * MIB}\r\n\r\n`);
    holder.write(Buffer.alloc(16 * MIB - 1, ' '));
    return holder;
  }

  for (const { name, kind } of OWN_METRICS.filter(({ name }) => name.startsWith('otelcol_'))) {
    it(`finds ${name}`, async () => {
      const stored = await prometheus.query(kind === 'histogram' ? `${name}_count` : name);
      assert.ok(stored.length > 0);
    });
  }

  for (const [what, expression] of [
    ['requests that were taken', 'otelcol_receiver_requests_total{receiver="otlp",transport="http",outcome="success"} >= 36'],
    ['requests that were refused', 'otelcol_receiver_requests_total{outcome="refused"} > 0'],
    ['the rise of that, as the alert asks for it', 'increase(otelcol_receiver_requests_total{outcome="refused"}[1m]) > 0'],
    ['requests that cannot be taken', 'otelcol_receiver_requests_total{outcome="failure"} > 0'],
    ['spans that were taken', 'otelcol_receiver_accepted_spans_total{receiver="otlp",transport="http"} == 74'],
    ['copies among them', 'spanmeter_journal_duplicate_spans_total > 30'],
    [
      'spans through a processor',
      'otelcol_processor_incoming_items_total{processor="memory_limiter",otel_signal="traces"} == 74',
    ],
    ['spans out of it', 'otelcol_processor_outgoing_items_total{processor="memory_limiter"} == 74'],
    ['the time it took', 'otelcol_processor_internal_duration_count{processor="memory_limiter"} == 36'],
    ['spans that a memory limiter let pass', 'otelcol_processor_memory_limiter_accepted_spans_total == 74'],
    ['spans that a connector was given', 'otelcol_connector_consumed_items_total{connector="genai"} >= 37'],
    ['points that were read from it', 'otelcol_connector_produced_items_total{connector="genai"} > 50'],
    ['spans that a destination took', 'otelcol_exporter_sent_spans_total{exporter="otlp_http/tempo"} >= 37'],
    ['spans that one refused for good', 'otelcol_exporter_send_failed_spans_total{exporter="otlp_http/picky"} > 0'],
    ['spans that were given up for one', 'otelcol_exporter_enqueue_failed_spans_total{exporter="otlp_http/dead"} > 0'],
    [
      'the same for whom the journal gave them up',
      'spanmeter_journal_dropped_spans_total{reader="otlp_http/dead",reason="backlog_full"} > 0',
    ],
    ['bytes that wait for it', 'otelcol_exporter_queue_size{exporter="otlp_http/dead",data_type="traces"} > 0'],
    ['the part of the journal that they take', 'otelcol_exporter_queue_size / otelcol_exporter_queue_capacity > 0.1'],
    ['how long they wait', 'spanmeter_journal_oldest_unsent_seconds{reader="otlp_http/dead"} > 0'],
    ['requests that are under way', 'otelcol_exporter_in_flight_requests{exporter="otlp_http/tempo",data_type="traces"} == 0'],
    ['spans in a request', 'otelcol_exporter_queue_batch_send_size_sum{exporter="otlp_http/tempo",data_type="traces"} >= 37'],
    ['bytes in a request', 'otelcol_exporter_queue_batch_send_size_bytes_sum{exporter="otlp_http/tempo"} > 10000'],
    ['CPU time', 'otelcol_process_cpu_seconds_total > 0'],
    ['the time it runs', 'otelcol_process_uptime_total > 1'],
    ['its memory', 'otelcol_process_memory_rss > otelcol_process_runtime_total_sys_memory_bytes'],
    ['its heap', 'otelcol_process_runtime_heap_alloc_bytes <= otelcol_process_runtime_total_sys_memory_bytes'],
    ['how spans were taken', 'spanmeter_genai_spans_total{connector="genai",class="request"} == 15'],
    ['series that are held', 'spanmeter_series{connector="genai",metric="openrouter_requests_total"} > 5'],
    ['values of a dimension', 'spanmeter_dimension_values{connector="genai",label="model"} == 6'],
    ['the time that a page took', 'spanmeter_scrape_duration_seconds_count{exporter="prometheus",format="text-0.0.4"} >= 1'],
    ['the size of a page', 'spanmeter_scrape_bytes{exporter="prometheus"} > 10000'],
    ['that the journal is on disk', 'spanmeter_journal_durable == 1'],
    ['how far copies are recognised', 'spanmeter_journal_dedupe_window_seconds > 0'],
    ['that the config holds', 'spanmeter_config_last_reload_successful == 1'],
    ['since when', 'time() - spanmeter_config_last_reload_success_timestamp_seconds < 300'],
    ['what runs', `spanmeter_build_info{node="${process.versions.node}"} == 1`],
    ['whose metrics these are', 'target_info{service_name="spanmeter"} == 1'],
  ] as const) {
    it(`knows ${what}`, async () => {
      const known = async () => (await prometheus.query(expression)).length > 0;
      await until(expression, known).catch(async (error) => {
        const [name = ''] = /(otelcol|spanmeter|target)_\w+/.exec(expression) ?? [];
        throw new Error(`${JSON.stringify(await prometheus.query(name))}`, { cause: error });
      });
    });
  }

  it('has nothing to criticise', async () => assert.equal(lintPage((await get(own)).body), ''));
});

describe('spans about the daemon', () => {
  it('arrive where the config says, with its resource, when it stops at the latest', async () => {
    const [intake, port] = [await freePort(), await freePort()];
    const [tempo, observatory] = [await Destination.open(), await Destination.open()];
    const exporter = `otlp: { endpoint: '${observatory.url}', protocol: http/protobuf, headers: [{ name: x-scope-orgid, value: me }] }`;
    const daemon = await startDaemon(`
receivers: { otlp: { protocols: { http: { endpoint: 127.0.0.1:${intake} } } } }
exporters: { otlp_http: { endpoint: '${tempo.url}' } }
service:
  ${telemetryOn(port, `, resource: { deployment.environment.name: test }, traces: { processors: [{ batch: { exporter: { ${exporter} } } }] }`)}
  pipelines: { traces: { receivers: [otlp], exporters: [otlp_http] } }
`);
    await post(`http://127.0.0.1:${intake}/v1/traces`, bodyOf(70_001));
    await tempo.untilArrived(1);
    await daemon.stop();
    const body = observatory.accepted.join('\n');
    for (const part of ['"name":"receive"', '"name":"append"', '"name":"deliver"', 'deployment.environment.name']) {
      assert.ok(body.includes(part), `${part} in ${body}`);
    }
    assert.equal(observatory.arrived[0]?.headers['x-scope-orgid'], 'me');
    assert.ok(daemon.log().some(({ msg, encoding }) => msg === 'sending spans about this daemon' && encoding === 'json'));
  });

  it('do not hold up the end of a daemon whose observer is gone', async () => {
    const intake = await freePort();
    const exporter = "otlp: { endpoint: 'http://127.0.0.1:9' }";
    const daemon = await startDaemon(`
receivers: { otlp: { protocols: { http: { endpoint: 127.0.0.1:${intake} } } } }
connectors: { genai: }
exporters: { prometheus: { endpoint: 127.0.0.1:0 } }
service:
  telemetry: { metrics: { level: none }, traces: { processors: [{ batch: { exporter: { ${exporter} } } }] } }
  pipelines: { traces: { receivers: [otlp], exporters: [genai] }, metrics: { receivers: [genai], exporters: [prometheus] } }
`);
    await post(`http://127.0.0.1:${intake}/v1/traces`, bodyOf(70_001));
    const beganMs = performance.now();
    await daemon.stop();
    assert.ok(performance.now() - beganMs < 6_000);
  });
});

describe('the health of a daemon', () => {
  it('is ok, then retrying but ready with a dead destination, and gone with the daemon', async () => {
    const [intake, health] = [await freePort(), await freePort()];
    const tempo = await Destination.open(() => ({ status: 503 }));
    const daemon = await startDaemon(`
receivers: { otlp: { protocols: { http: { endpoint: 127.0.0.1:${intake} } } } }
exporters: { otlp_http/tempo: { endpoint: '${tempo.url}', retry_on_failure: { initial_interval: 50ms, max_interval: 50ms } } }
extensions: { health_check: { endpoint: 127.0.0.1:${health} } }
service:
  extensions: [health_check]
  journal: { storage: memory }
  pipelines: { traces: { receivers: [otlp], exporters: [otlp_http/tempo] } }
`);
    const at = (path: string) => get(`http://127.0.0.1:${health}${path}`);
    const stateOfTempo = async () => {
      const { components } = JSON.parse((await at('/healthz')).body);
      return components.find(({ id }: { id: string }) => id === 'exporter/otlp_http/tempo')?.status;
    };
    for (const path of ['/livez', '/readyz', '/healthz', '/', '/status']) assert.equal((await at(path)).status, 200, path);
    assert.equal(await stateOfTempo(), 'ok');
    await post(`http://127.0.0.1:${intake}/v1/traces`, bodyOf(70_001));
    await until('a failed attempt', async () => (await stateOfTempo()) === 'retrying');
    assert.deepEqual([(await at('/readyz')).status, JSON.parse((await at('/healthz')).body).status], [200, 'retrying']);
    const stopped = daemon.stop(); // what is in memory alone is tried until the deadline
    await until('not ready while it stops', async () => (await at('/readyz')).status === 503);
    assert.equal((await at('/livez')).status, 200);
    tempo.script = () => ACCEPT;
    await stopped;
    await assert.rejects(at('/livez'), /ECONNREFUSED/);
  });
});

describe('a daemon whose port for its own metrics is taken', () => {
  for (const [name, setting, option] of [
    ['reader', (port: number) => telemetryOn(port), 'service.telemetry.metrics.readers[0].pull.exporter.prometheus.port'],
    [
      'older spelling',
      (port: number) => `telemetry: { metrics: { address: localhost:${port} } }`,
      'service.telemetry.metrics.address',
    ],
  ] as const) {
    it(`exits with 1 and names port and option: ${name}`, async () => {
      const blocker = createServer().listen(0, '127.0.0.1');
      await once(blocker, 'listening');
      const { port } = blocker.address() as { port: number };
      const { code, stderr } = await runToEnd(
        ['run', '-c', 'spanmeter.yaml'],
        `
receivers: { otlp: { protocols: { http: { endpoint: 127.0.0.1:0 } } } }
exporters: { otlp_http: { endpoint: 'http://127.0.0.1:9' } }
service:
  ${setting(port)}
  pipelines: { traces: { receivers: [otlp], exporters: [otlp_http] } }
`,
      );
      blocker.close();
      assert.equal(code, 1);
      const fault = JSON.stringify(logLines(stderr).find(({ level }) => level === 'error'));
      for (const part of [`localhost:${port}`, option]) assert.ok(fault?.includes(part), `${part} in ${stderr}`);
    });
  }
});

describe('the log of a daemon', () => {
  it('begins with version, config, its hash and the place of the data, then tells listeners and exporters', async () => {
    const [intake, port] = [await freePort(), await freePort()];
    const config = `
receivers: { otlp: { protocols: { http: { endpoint: 127.0.0.1:${intake} } } } }
exporters: { otlp_http: { endpoint: 'http://127.0.0.1:9' } }
service:
  ${telemetryOn(port, ', logs: { level: INFO, initial_fields: { region: eu } }')}
  pipelines: { traces: { receivers: [otlp], exporters: [otlp_http] } }
`;
    const [daemon, again, changed] = [await startDaemon(config), await hashOf(config), await hashOf(`${config}# changed\n`)];
    const [first] = daemon.log();
    assert.ok(first);
    const { msg, version, node, data, hash, region } = first;
    assert.deepEqual([msg, node, region], ['starting', process.versions.node, 'eu']);
    assert.match(String(data), /^\/.*\/state$/);
    assert.match(String(version), /^\d+\.\d+\.\d+$/);
    assert.match(String(hash), /^[0-9a-f]{6}$/);
    assert.equal(again, hash);
    assert.notEqual(changed, hash);
    const told = daemon.log().map(({ component, msg }) => `${component} ${msg}`);
    for (const line of ['telemetry/metrics listening', 'exporter/otlp_http sending traces', 'receiver/otlp listening']) {
      assert.ok(told.includes(line), line);
    }
    assert.equal(daemon.log().at(-1)?.msg, 'started');
    await daemon.stop();
  });

  /** Of a daemon that does not get far: its port is one that nobody may have. */
  async function hashOf(config: string): Promise<unknown> {
    const { stderr } = await runToEnd(['run', '-c', 'spanmeter.yaml'], config);
    return logLines(stderr).find(({ msg }) => msg === 'starting')?.['hash'];
  }
});
