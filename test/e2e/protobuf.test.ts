/** The same deliveries as JSON and as protobuf, side by side in one daemon: nothing may tell them apart but the bytes. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { canonicalSpans } from '../helpers/canonical-spans.ts';
import { type Daemon, startDaemon } from '../helpers/daemon.ts';
import { Destination } from '../helpers/destination.ts';
import { freePort } from '../helpers/free-ports.ts';
import { post, send } from '../helpers/http.ts';
import { Page } from '../helpers/page.ts';
import { jsonOf, PROTOBUF_TYPE, protobufOf } from '../helpers/protobuf.ts';
import { SAMPLES, TOTAL_COST_USD } from '../helpers/samples.ts';
import { until } from '../helpers/until.ts';

type Side = Readonly<{ traces: string; metrics: string; untouched: Destination; proto: Destination; json: Destination }>;
const SPANS = 37;

let daemon: Daemon;
let json: Side;
let protobuf: Side;

async function openSide(): Promise<Side> {
  const [intake, admin] = [await freePort(), await freePort()];
  const destinations = { untouched: await Destination.open(), proto: await Destination.open(), json: await Destination.open() };
  return { traces: `http://127.0.0.1:${intake}/v1/traces`, metrics: `http://127.0.0.1:${admin}/metrics`, ...destinations };
}

/** Components and pipelines of one side, all under its name. */
function yamlOf(name: string, { traces, metrics, ...to }: Side) {
  return {
    receivers: `  otlp/${name}: { protocols: { http: { endpoint: '${new URL(traces).host}' } } }`,
    connectors: `  genai/${name}:`,
    exporters: [
      `  prometheus/${name}: { endpoint: '${new URL(metrics).host}' }`,
      `  otlp_http/${name}-untouched: { endpoint: '${to.untouched.url}' }`,
      `  otlp_http/${name}-proto: { endpoint: '${to.proto.url}', encoding: proto }`,
      `  otlp_http/${name}-json: { endpoint: '${to.json.url}', encoding: json }`,
    ].join('\n'),
    pipelines: [
      `    traces/${name}: { receivers: [otlp/${name}], exporters: [genai/${name}, otlp_http/${name}-untouched, otlp_http/${name}-proto, otlp_http/${name}-json] }`,
      `    metrics/${name}: { receivers: [genai/${name}], exporters: [prometheus/${name}] }`,
    ].join('\n'),
  };
}

before(async () => {
  [json, protobuf] = [await openSide(), await openSide()];
  const sides = [yamlOf('json', json), yamlOf('protobuf', protobuf)];
  const of = (section: keyof ReturnType<typeof yamlOf>) => sides.map((side) => side[section]).join('\n');
  daemon = await startDaemon(
    ['receivers', 'connectors', 'exporters'].map((section) => `${section}:\n${of(section as 'receivers')}`).join('\n') +
      `\nservice:\n  telemetry: { metrics: { level: none } }\n  pipelines:\n${of('pipelines')}\n`,
  );
  for (const [nth, { name, body }] of SAMPLES.entries()) {
    assert.equal((await post(json.traces, body)).status, 200, name);
    // Every other one compressed.
    const bytes = nth % 2 === 0 ? protobufOf(body) : gzipSync(protobufOf(body));
    const headers = { ...PROTOBUF_TYPE, ...(nth % 2 === 1 && { 'content-encoding': 'gzip' }) };
    const answer = await send(protobuf.traces, bytes, { headers });
    assert.deepEqual([answer.status, answer.bytes.length], [200, 0], name);
  }
});

async function pageOf({ metrics }: Side): Promise<string> {
  return (await send(metrics, undefined, { method: 'GET' })).body;
}

const bodiesAt = (destination: Destination) => destination.accepted.map((body) => (body[0] === 0x7b ? body : jsonOf(body)));

async function untilAllAt(destination: Destination): Promise<ReadonlyMap<string, unknown>> {
  await until('every span', () => canonicalSpans(bodiesAt(destination)).size === SPANS);
  return canonicalSpans(bodiesAt(destination));
}

describe('JSON and protobuf of the same deliveries', () => {
  it('give the same counters, to the last digit', async () => {
    const [one, other] = [await pageOf(json), await pageOf(protobuf)];
    assert.equal(new Page(other).sum('openrouter_cost_usd_total'), TOTAL_COST_USD);
    // All but how long after the request it was received.
    const figures = (page: string) => new Set(page.split('\n').filter((line) => !line.startsWith('openrouter_ingest_delay')));
    assert.deepEqual(figures(other).symmetricDifference(figures(one)), new Set());
    assert.ok(figures(one).size > 300);
  });

  it('leave in the bytes they came in', async () => {
    await untilAllAt(protobuf.untouched);
    const sent = Buffer.concat(SAMPLES.map(({ body }) => protobufOf(body)));
    assert.deepEqual(Buffer.concat(protobuf.untouched.accepted), sent);
    assert.ok(protobuf.untouched.arrived.every(({ headers }) => headers['content-type'] === 'application/x-protobuf'));
    assert.ok(json.untouched.arrived.every(({ headers }) => headers['content-type'] === 'application/json'));
  });

  for (const encoding of ['proto', 'json'] as const) {
    it(`leave with the same spans where a destination wants "encoding: ${encoding}"`, async () => {
      const came = await untilAllAt(json.untouched);
      for (const side of [json, protobuf]) {
        assert.deepEqual(await untilAllAt(side[encoding]), came);
        const type = encoding === 'proto' ? 'application/x-protobuf' : 'application/json';
        assert.ok(side[encoding].arrived.every(({ headers }) => headers['content-type'] === type));
      }
    });
  }
});

describe('a protobuf request that came in part before', () => {
  it('leaves as protobuf, with what is new', async () => {
    const resourceSpans = [
      ...JSON.parse(SAMPLES[0]?.body.toString() ?? '').resourceSpans,
      { scopeSpans: [{ spans: [{ traceId: 'e'.repeat(32), spanId: 'e'.repeat(16), name: 'new' }] }] },
    ];
    const before = protobuf.untouched.accepted.length;
    const body = protobufOf(JSON.stringify({ resourceSpans }));
    assert.equal((await send(protobuf.traces, body, { headers: PROTOBUF_TYPE })).status, 200);
    await until('the new span', () => protobuf.untouched.accepted.length > before);
    const expected = protobufOf(JSON.stringify({ resourceSpans: resourceSpans.slice(-1) }));
    assert.deepEqual(protobuf.untouched.accepted.slice(before), [expected]);
  });

  it('ends cleanly with it', () => daemon.stop());
});
