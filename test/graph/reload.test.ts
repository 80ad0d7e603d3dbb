/** A running graph goes over to another plan: what stays, what is replaced, and that nothing is lost between. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { Agent, request } from 'undici';
import { callOf } from '../helpers/call-body.ts';
import { bodyOf, spanId } from '../helpers/delivery-rig.ts';
import { ACCEPT, Destination, HANG, type Reply } from '../helpers/destination.ts';
import { freePort } from '../helpers/free-ports.ts';
import { GraphRig } from '../helpers/graph-rig.ts';
import { post, send } from '../helpers/http.ts';

import { until } from '../helpers/until.ts';

type Settings = Readonly<{
  http?: string;
  genai?: string;
  prometheus?: string;
  tempo?: string;
  token?: string;
  exporters?: string;
  receivers?: string;
  connectors?: string;
  processors?: string;
  traces?: string;
  more?: string;
}>;

/** A receiver with a token, a connector, a destination and a page; each port is picked once. */
function configOf(tempo: string, settings: Settings = {}): string {
  const traces = settings.traces ?? '{ receivers: [otlp], exporters: [genai, otlp_http/tempo] }';
  return `
receivers:
  otlp: { protocols: { http: { endpoint: '127.0.0.1:0', auth: { authenticator: bearertokenauth }, ${settings.http ?? ''} } } }
${settings.receivers ?? ''}
processors:
  attributes: { actions: [{ key: a, action: delete }] }
${settings.processors ?? ''}
connectors:
  genai: { ${settings.genai ?? ''} }
${settings.connectors ?? ''}
exporters:
  prometheus: { endpoint: '127.0.0.1:0', ${settings.prometheus ?? ''} }
  otlp_http/tempo: { endpoint: '${tempo}', retry_on_failure: { initial_interval: 5ms }, ${settings.tempo ?? ''} }
${settings.exporters ?? ''}
extensions:
  bearertokenauth: { token: ${settings.token ?? 'secret'} }
service:
  extensions: [bearertokenauth]
  pipelines:
    traces: ${traces}
    metrics: { receivers: [genai], exporters: [prometheus] }
${settings.more ?? ''}
`;
}

const DEAD = 'http://127.0.0.1:9';
const authorization = 'Bearer secret';

async function started(test: TestContext, yaml: string): Promise<GraphRig> {
  return new GraphRig(test, yaml).start();
}

function give(rig: GraphRig, body: string, headers: Readonly<Record<string, string>> = { authorization }) {
  return send(`${rig.urlOf('receiver/otlp')}/v1/traces`, body, { headers: { 'content-type': 'application/json', ...headers } });
}

async function requestsOn(rig: GraphRig): Promise<number> {
  const { body } = await send(`${rig.urlOf('exporter/prometheus')}/metrics`, undefined, { method: 'GET' });
  return [...body.matchAll(/^openrouter_requests_total\{.*\} (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
}

/** Everything that starts or counts, by id. */
function instancesOf({ graph }: GraphRig): ReadonlyMap<string, unknown> {
  const { extensions, connectors, exporters, pullExporters, receivers, deliveries } = graph;
  return new Map<string, unknown>([
    ...[...extensions, ...exporters, ...pullExporters, ...receivers].map(({ id, lifecycle }) => [id, lifecycle] as const),
    ...connectors.map(({ id, source }) => [`connector/${id}`, source] as const),
    ...deliveries.map(({ exporter, lifecycle }) => [`delivery/${exporter}`, lifecycle] as const),
  ]);
}

describe('a reload', () => {
  const authenticated = ['extension/bearertokenauth', 'receiver/otlp'];
  const tempo = ['exporter/otlp_http/tempo', 'delivery/otlp_http/tempo'];
  for (const [change, settings, replaced] of [
    ['nothing', {}, []],
    [
      'a processor',
      {
        processors: '  attributes/b:\n    actions: [{ key: b, action: delete }]',
        traces: '{ receivers: [otlp], processors: [attributes/b], exporters: [genai, otlp_http/tempo] }',
      },
      [],
    ],
    ['the connector', { genai: 'dimensions: [team]' }, ['connector/genai']],
    ['the destination', { tempo: 'timeout: 3s' }, tempo],
    ['the receiver', { http: 'idle_timeout: 5s' }, ['receiver/otlp']],
    ['the page', { prometheus: 'send_timestamps: true' }, ['exporter/prometheus']],
    ['the token', { token: 'other' }, authenticated],
    [
      'the token of a destination',
      { token: 'other', tempo: 'auth: { authenticator: bearertokenauth }' },
      [...authenticated, ...tempo],
    ],
    ['what the pipeline feeds', { traces: '{ receivers: [otlp], exporters: [genai] }' }, tempo],
  ] as const) {
    it(`replaces what has changed and keeps the rest: ${change}`, async (test) => {
      const rig = await started(test, configOf(DEAD));
      const before = instancesOf(rig);
      const { journal } = rig.graph;
      await rig.reload(configOf(DEAD, settings));
      const after = instancesOf(rig);
      const changed = [...before].filter(([id, instance]) => after.get(id) !== instance).map(([id]) => id);
      assert.deepEqual(changed.toSorted(), replaced.toSorted());
      assert.equal(rig.graph.journal, journal);
      assert.deepEqual(rig.failures, []);
      assert.deepEqual([...new Set(Object.values(rig.states))], ['ok']);
    });
  }

  for (const [change, settings] of [
    ['elsewhere', { genai: 'dimensions: [team]' }],
    ['of the listener itself', { http: 'idle_timeout: 20s' }],
  ] as const) {
    it(`keeps the connections of a listener on its port after a change ${change}`, async (test) => {
      const rig = await started(test, configOf(DEAD));
      const agent = new Agent({ connections: 1 });
      let connections = 0;
      agent.on('connect', () => {
        connections += 1;
      });
      const url = `${rig.urlOf('receiver/otlp')}/v1/traces`;
      const headers = { authorization, 'content-type': 'application/json' };
      const sent = async (id: number) => {
        const { statusCode, body } = await request(url, { dispatcher: agent, method: 'POST', headers, body: bodyOf(id) });
        await body.dump();
        return statusCode;
      };
      assert.equal(await sent(1), 200);
      await rig.reload(configOf(DEAD, settings));
      assert.equal(await sent(2), 200);
      assert.equal(connections, 1);
      await agent.close();
    });
  }

  it('carries a request to the pipelines of the moment when it was read', async (test) => {
    const rig = await started(
      test,
      configOf(DEAD, { traces: '{ receivers: [otlp], exporters: [otlp_http/tempo] }', more: '' }).replace(/ {4}metrics:.*\n/, ''),
    );
    let finish = () => {};
    const body = new ReadableStream({
      start(controller) {
        const bytes = new TextEncoder().encode(callOf(1));
        controller.enqueue(bytes.subarray(0, 10));
        finish = () => {
          controller.enqueue(bytes.subarray(10));
          controller.close();
        };
      },
    });
    const answer = fetch(`${rig.urlOf('receiver/otlp')}/v1/traces`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body,
      duplex: 'half',
    } as RequestInit);
    await rig.reload(configOf(DEAD));
    finish();
    assert.equal((await answer).status, 200);
    assert.equal(await requestsOn(rig), 1);
  });

  it('takes a new token at once, and the old one no more', async (test) => {
    const rig = await started(test, configOf(DEAD));
    await rig.reload(configOf(DEAD, { token: 'other' }));
    assert.equal((await give(rig, bodyOf(1), { authorization: 'Bearer other' })).status, 200);
    assert.equal((await give(rig, bodyOf(2))).status, 401);
  });

  it('tells of what takes effect at the next start only', async (test) => {
    const rig = await started(test, configOf(DEAD));
    await rig.reload(configOf(DEAD, { more: '  journal: { max_size: 1MiB }' }));
    const told = rig.lines.map((line) => JSON.parse(line)).filter(({ msg }) => /takes effect at the next start/.test(msg));
    assert.deepEqual(
      told.map(({ section }) => section),
      ['service.journal'],
    );
  });

  it('leaves nothing behind, however often', async (test) => {
    const rig = await started(test, configOf(DEAD));
    const rounds = async (from: number) => {
      for (let round = from; round < from + 10; round += 1) {
        await rig.reload(
          configOf(DEAD, {
            http: `idle_timeout: ${5 + (round % 2)}s`,
            tempo: `timeout: ${3 + (round % 2)}s`,
            token: `t${round % 3}`,
          }),
        );
      }
    };
    await rounds(0);
    const before = process.getActiveResourcesInfo().length;
    await rounds(10);
    assert.ok(process.getActiveResourcesInfo().length <= before, String(process.getActiveResourcesInfo()));
  });
});

describe('counters over a reload', () => {
  it('go on', async (test) => {
    const rig = await started(test, configOf(DEAD));
    await give(rig, callOf(1));
    await rig.reload(configOf(DEAD, { prometheus: 'send_timestamps: false', token: 'secret' }));
    await give(rig, callOf(2));
    assert.equal(await requestsOn(rig), 2);
  });

  it('go on where the connector is another one that counts the same', async (test) => {
    const rig = await started(test, configOf(DEAD));
    await give(rig, callOf(1));
    await rig.reload(configOf(DEAD, { genai: 'prefix: openrouter' }));
    await give(rig, callOf(2));
    assert.equal(await requestsOn(rig), 2);
  });

  it('do not count twice what a sender repeats', async (test) => {
    const rig = await started(test, configOf(DEAD));
    await give(rig, callOf(1));
    await rig.reload(configOf(DEAD, { http: 'idle_timeout: 5s' }));
    await give(rig, callOf(1));
    assert.equal(await requestsOn(rig), 1);
  });

  it('go on from their total when a connector returns', async (test) => {
    const without = configOf(DEAD, { traces: '{ receivers: [otlp], exporters: [otlp_http/tempo] }' })
      .replace(/ {4}metrics:.*\n/, '')
      .replace(/ {2}prometheus:.*\n/, '')
      .replace(/connectors:\n.*\n/, '');
    const rig = await started(test, configOf(DEAD));
    await give(rig, callOf(1));
    await rig.reload(without);
    await give(rig, callOf(2));
    await rig.reload(configOf(DEAD));
    await give(rig, callOf(3));
    assert.equal(await requestsOn(rig), 2);
  });

  it('are on the page at once where another connector is added', async (test) => {
    const rig = await started(test, configOf(DEAD));
    const second = configOf(DEAD, {
      connectors: '  genai/second: { prefix: second }',
      traces: '{ receivers: [otlp], exporters: [genai, genai/second, otlp_http/tempo] }',
    }).replace(
      '{ receivers: [genai], exporters: [prometheus] }',
      '{ receivers: [genai, genai/second], exporters: [prometheus] }',
    );
    await rig.reload(second);
    await give(rig, callOf(1));
    const { body } = await send(`${rig.urlOf('exporter/prometheus')}/metrics`, undefined, { method: 'GET' });
    assert.match(body, /^second_requests_total\{.*\} 1$/m);
  });
});

describe('deliveries over a reload', () => {
  it('reach the new destination with what the old one did not take', async (test) => {
    const rig = await started(test, configOf(DEAD));
    await give(rig, bodyOf(1));
    await give(rig, bodyOf(2));
    await until('attempts', () => rig.states['exporter/otlp_http/tempo'] === 'retrying');
    const tempo = await Destination.open();
    await rig.reload(configOf(tempo.url));
    await give(rig, bodyOf(3));
    await until('everything', () => tempo.spanIds.length >= 3);
    assert.deepEqual(tempo.spanIds.toSorted(), [1, 2, 3].map(spanId));
    await until('nothing waits', () => rig.graph.deliveries[0]?.lifecycle.backlog.records === 0);
  });

  it('that are under way end as they would have, once', async (test) => {
    let release = () => {};
    const script = () =>
      new Promise<Reply>((resolve) => {
        release = () => resolve(ACCEPT);
      });
    const [before, after] = [await Destination.open(script), await Destination.open()];
    const rig = await started(test, configOf(before.url));
    await give(rig, bodyOf(1));
    await before.untilArrived(1);
    const reloaded = rig.reload(configOf(after.url));
    await give(rig, bodyOf(2));
    release();
    await reloaded;
    await until('the second', () => after.spanIds.length > 0);
    assert.deepEqual([before.spanIds, after.spanIds], [[spanId(1)], [spanId(2)]]);
  });

  it('are tried at once after a refusal that a person had to mend', async (test) => {
    const tempo = await Destination.open(({ headers }) => (headers['x-token'] === 'right' ? ACCEPT : { status: 401 }));
    const rig = await started(test, configOf(tempo.url));
    await give(rig, bodyOf(1));
    await until('a refusal', () => rig.states['exporter/otlp_http/tempo'] === 'blocked');
    await rig.reload(configOf(tempo.url, { tempo: 'headers: { x-token: right }' }));
    await until('the delivery', () => tempo.spanIds.length === 1);
  });

  it('are tried at once also where nothing about them has changed', async (test) => {
    let status = 401;
    const tempo = await Destination.open(() => (status === 200 ? ACCEPT : { status }));
    const rig = await started(test, configOf(tempo.url));
    await give(rig, bodyOf(1));
    await until('a refusal', () => rig.states['exporter/otlp_http/tempo'] === 'blocked');
    status = 200;
    await rig.reload(configOf(tempo.url));
    await until('the delivery', () => tempo.spanIds.length === 1);
  });

  it('of an exporter that is gone are given up with a warning, and it starts at the present when it returns', async (test) => {
    const rig = await started(test, configOf(DEAD));
    await give(rig, bodyOf(1, 2));
    await rig.reload(configOf(DEAD, { traces: '{ receivers: [otlp], exporters: [genai] }' }));
    assert.ok(rig.lines.some((line) => line.includes('an exporter is gone from the config')));
    assert.deepEqual(rig.counted('spanmeter_journal_dropped_spans_total')['otlp_http/tempo reader_removed'], 2);
    assert.equal(rig.states['exporter/otlp_http/tempo'], undefined);
    const tempo = await Destination.open();
    await rig.reload(configOf(tempo.url));
    await give(rig, bodyOf(3));
    await until('the third', () => tempo.spanIds.length > 0);
    assert.deepEqual(tempo.spanIds, [spanId(3)]);
  });

  it('of an attempt that ends without an answer go to the new destination', async (test) => {
    const hanging = await Destination.open(() => HANG);
    const rig = await started(test, configOf(hanging.url, { tempo: 'timeout: 50ms' }));
    await give(rig, bodyOf(1));
    await hanging.untilArrived(1);
    const tempo = await Destination.open();
    await rig.reload(configOf(tempo.url));
    await until('the delivery', () => tempo.spanIds.length === 1);
    assert.deepEqual(tempo.spanIds, [spanId(1)]);
  });
});

describe('listeners over a reload', () => {
  const receiver = (port: number, more = '') => `{ protocols: { http: { endpoint: '${more || '127.0.0.1'}:${port}' } } }`;
  const config = (receivers: Readonly<Record<string, string>>) => `
receivers:
${Object.entries(receivers)
  .map(([id, settings]) => `  ${id}: ${settings}`)
  .join('\n')}
exporters:
  otlp_http: { endpoint: '${DEAD}' }
service:
  pipelines:
    traces: { receivers: [${Object.keys(receivers)}], exporters: [otlp_http] }
`;
  const answers = async (port: number) => (await post(`http://127.0.0.1:${port}/v1/traces`, '{}').catch(() => undefined))?.status;

  it('start and stop as the config says', async (test) => {
    const [one, two] = [await freePort(), await freePort()];
    const rig = await started(test, config({ otlp: receiver(one) }));
    await rig.reload(config({ otlp: receiver(one), 'otlp/b': receiver(two) }));
    assert.deepEqual([await answers(one), await answers(two)], [200, 200]);
    await rig.reload(config({ 'otlp/b': receiver(two) }));
    assert.deepEqual([await answers(one), await answers(two)], [undefined, 200]);
  });

  it('hand their ports to each other and to receivers of other names', async (test) => {
    const [one, two] = [await freePort(), await freePort()];
    const rig = await started(test, config({ otlp: receiver(one), 'otlp/b': receiver(two) }));
    await rig.reload(config({ otlp: receiver(two), 'otlp/c': receiver(one) }));
    assert.deepEqual([await answers(one), await answers(two)], [200, 200]);
  });

  it('open a port of theirs to other addresses', async (test) => {
    const port = await freePort();
    const rig = await started(test, config({ otlp: receiver(port) }));
    await rig.reload(config({ otlp: receiver(port, '0.0.0.0') }));
    assert.equal(await answers(port), 200);
    assert.match(rig.urlOf('receiver/otlp'), /0\.0\.0\.0/);
  });

  it('that cannot start leave everything as it was', async (test) => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    test.after(() => blocker.close());
    const { port: taken } = blocker.address() as { port: number };
    const [one, two] = [await freePort(), await freePort()];
    const rig = await started(test, config({ otlp: receiver(one), 'otlp/b': receiver(two) }));
    const before = instancesOf(rig);
    const next = config({ otlp: receiver(two), 'otlp/b': receiver(one, '0.0.0.0'), 'otlp/c': receiver(taken) });
    await assert.rejects(rig.reload(next), /cannot listen on .*the port is taken/);
    assert.deepEqual([await answers(one), await answers(two)], [200, 200]);
    assert.deepEqual(instancesOf(rig), before);
    assert.deepEqual(rig.failures, []);
    await rig.reload(config({ otlp: receiver(two), 'otlp/b': receiver(one) }));
    assert.deepEqual([await answers(one), await answers(two)], [200, 200]);
  });
});
