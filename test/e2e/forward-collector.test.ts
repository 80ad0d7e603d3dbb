/** Spans on their way through the daemon to and from a real Collector, and byte by byte to a sink. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { canonicalSpans } from '../helpers/canonical-spans.ts';
import { type Daemon, startDaemon } from '../helpers/daemon.ts';
import { ACCEPT, Destination } from '../helpers/destination.ts';
import { freePort } from '../helpers/free-ports.ts';
import { post } from '../helpers/http.ts';
import { startCollector } from '../helpers/otelcol.ts';
import { findCollector } from '../helpers/otelcol-program.ts';
import { SAMPLES } from '../helpers/samples.ts';
import { until } from '../helpers/until.ts';

/** Spans that use every field and every type of value. */
const RICH = readFileSync(new URL('../fixtures/rich-spans.json', import.meta.url), 'utf8');

const collector = await findCollector();

describe('spans on their way to a Collector', { skip: collector.missing }, () => {
  let daemon: Daemon;
  /** Behind the Collector that is behind the daemon. */
  let sink: Destination;
  let traces: string;
  let collectorInFront: string;

  before(async () => {
    sink = await Destination.open();
    const [intake, behind, inFront] = [await freePort(), await freePort(), await freePort()];
    traces = `http://127.0.0.1:${intake}/v1/traces`;
    collectorInFront = `http://127.0.0.1:${inFront}/v1/traces`;
    const atOnce = 'sending_queue: { enabled: false }, retry_on_failure: { enabled: false }';
    await startCollector(
      collector.program,
      `
receivers:
  otlp/behind: { protocols: { http: { endpoint: 127.0.0.1:${behind} } } }
  otlp/front: { protocols: { http: { endpoint: 127.0.0.1:${inFront} } } }
exporters:
  otlp_http/sink: { endpoint: '${sink.url}', encoding: json, compression: none, ${atOnce} }
  otlp_http/daemon: { endpoint: 'http://127.0.0.1:${intake}', encoding: json, ${atOnce} }
service:
  telemetry: { metrics: { level: none }, logs: { level: warn } }
  pipelines:
    traces/behind: { receivers: [otlp/behind], exporters: [otlp_http/sink] }
    traces/front: { receivers: [otlp/front], exporters: [otlp_http/daemon] }
`,
      behind,
    );
    daemon = await startDaemon(forwarding(intake, `http://127.0.0.1:${behind}`));
  });

  after(() => daemon?.stop());

  it('loses no field, digit or type', async () => {
    sink.accepted.length = 0;
    assert.equal((await post(traces, RICH)).status, 200);
    await until('the request', () => sink.accepted.length === 1);
    const arrived = Buffer.concat(sink.accepted).toString();
    for (const digits of ['9007199254740993', '9007199254740995', '9223372036854775807', '-9223372036854775808']) {
      assert.ok(arrived.includes(`"intValue":"${digits}"`), digits);
    }
    assert.deepEqual(canonicalSpans(sink.accepted), canonicalSpans([RICH]));
  });

  it('takes what a Collector sends, gzip and all, and passes it on unchanged', async () => {
    sink.accepted.length = 0;
    const renamed = RICH.replaceAll('EEE19B7E', 'FFF19B7E').replaceAll('eee19b7e', 'fff19b7e');
    assert.equal((await post(collectorInFront, renamed)).status, 200);
    await until('the request', () => sink.accepted.length === 1);
    assert.deepEqual(canonicalSpans(sink.accepted), canonicalSpans([renamed]));
  });

  it('passes on every sample', async () => {
    sink.accepted.length = 0;
    for (const { body } of SAMPLES) assert.equal((await post(traces, body)).status, 200);
    const expected = canonicalSpans(SAMPLES.map(({ body }) => body));
    await until('every span', () => sink.spanIds.length >= expected.size);
    assert.deepEqual(canonicalSpans(sink.accepted), expected);
  });
});

describe('bodies that no processor touched', () => {
  let daemon: Daemon;
  let sink: Destination;
  let traces: string;

  before(async () => {
    sink = await Destination.open();
    const intake = await freePort();
    traces = `http://127.0.0.1:${intake}/v1/traces`;
    daemon = await startDaemon(forwarding(intake, sink.url));
  });

  after(() => daemon?.stop());

  it('leave with the bytes that they came with', async () => {
    const body = odd('a');
    assert.equal((await post(traces, body)).status, 200);
    await until('the request', () => sink.accepted.length === 1);
    assert.equal(sink.accepted.toString(), body);
    assert.equal(sink.arrived[0]?.headers['content-type'], 'application/json');
    assert.equal(sink.arrived[0]?.path, '/v1/traces');
  });

  it('keep the bytes of each element where a backlog is sent as one request', async () => {
    sink.accepted.length = 0;
    sink.script = () => setTimeout(300, ACCEPT);
    const bodies = ['b', 'c', 'd', 'e'].map(odd);
    for (const body of bodies) assert.equal((await post(traces, body)).status, 200);
    const arrived = () => sink.accepted.map((content) => content.toString());
    await until('all of them', () => bodies.every((body) => arrived().some((content) => content.includes(elementOf(body)))));
    const joined = arrived().map((content) => bodies.filter((body) => content.includes(elementOf(body))));
    assert.deepEqual(joined.flat(), bodies);
    assert.ok(joined.length < bodies.length);
    assert.deepEqual(
      arrived(),
      joined.map((those) => `{"resourceSpans":[${those.map(elementOf).join(',')}]}`),
    );
  });

  /** What re-encoding would change: white space, escapes, unknown fields, number forms, the order and repetition of keys. */
  function odd(name: string): string {
    const span = `{"spanId":"${Buffer.from(`odd span`).toString('hex')}","traceId":"${name.repeat(32)}", "name":"\\u0061\\/b",
      "futureField":{"x":[1.0,1e0,null]},"attributes":[{"value":{"intValue":9007199254740993},"key":"k"},{"key":"k","value":{"doubleValue":1.0}}]}`;
    return `{"resourceSpans":[ {"scopeSpans":[{"spans":[${span}]}], "resource":{}} ]}`;
  }

  function elementOf(body: string): string {
    return body.slice('{"resourceSpans":['.length, -']}'.length);
  }
});

/** One request in flight, so that what comes meanwhile waits together. */
function forwarding(intake: number, endpoint: string): string {
  return `
receivers:
  otlp: { protocols: { http: { endpoint: 127.0.0.1:${intake} } } }
exporters:
  otlp_http: { endpoint: '${endpoint}', sending_queue: { num_consumers: 1 } }
service:
  pipelines:
    traces: { receivers: [otlp], exporters: [otlp_http] }
`;
}
