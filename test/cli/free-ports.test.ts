/** Listeners that give way to whoever was there first. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { after, describe, it } from 'node:test';
import { onFreePorts } from '../../src/cli/free-ports.ts';
import { COMPONENTS } from '../../src/components.ts';
import { loadTexts } from '../../src/config/load.ts';
import { type Plan, plan } from '../../src/graph/plan.ts';
import { metricsEndpoint } from '../../src/telemetry/settings.ts';
import { freePort } from '../helpers/free-ports.ts';

const servers: Server[] = [];
after(() => servers.forEach((server) => void server.close()));

async function takenPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function planned(intake: string, page: string, health: string, own: string): Plan {
  const text = `
receivers: { otlp: { protocols: { http: { endpoint: '${intake}', max_request_body_size: 1MiB } } } }
connectors: { genai: }
exporters: { prometheus: { endpoint: '${page}' } }
extensions: { health_check: { endpoint: '${health}' } }
service:
  extensions: [health_check]
  telemetry: { metrics: { address: '${own}' } }
  pipelines:
    traces: { receivers: [otlp], exporters: [genai] }
    metrics/a: { receivers: [genai], exporters: [prometheus] }
    metrics/b: { receivers: [genai], exporters: [prometheus] }
`;
  const made = plan(loadTexts([{ file: 'a.yaml', text }], { environment: {}, unset: 'error' }), COMPONENTS);
  assert.ok(made.plan, JSON.stringify(made.faults));
  return made.plan;
}

function addresses({ traces, metrics, extensions, service }: Plan): readonly string[] {
  const components = [
    ...traces.flatMap(({ receivers }) => receivers),
    ...metrics.flatMap(({ exporters }) => exporters),
    ...extensions,
  ];
  const listenings = components.flatMap(({ definition, config }) => definition.listens?.(config) ?? []);
  return [...listenings, metricsEndpoint(service.telemetry.metrics)!].map(({ host, port }) => `${host}:${port}`);
}

describe('a plan on free ports', () => {
  it('stays as it is where nothing is in the way', async () => {
    const ports = [await freePort(), await freePort(), await freePort(), await freePort()];
    const [a, b, c, d] = ports.map((port) => `localhost:${port}`);
    assert.deepEqual(addresses(await onFreePorts(planned(a!, b!, c!, d!))), [a, b, b, c, d]);
  });

  it('has every listener moved whose port is taken, on the host where it was, once for all pipelines', async () => {
    const taken = `127.0.0.1:${await takenPort()}`;
    const others = [`127.0.0.1:${await takenPort()}`, `127.0.0.1:${await takenPort()}`, `127.0.0.1:${await takenPort()}`];
    const moved = addresses(await onFreePorts(planned(taken, others[0]!, others[1]!, others[2]!)));
    assert.equal(new Set([taken, ...others, ...moved]).size, 8, 'four old and four new ones');
    assert.equal(moved[1], moved[2]);
    assert.ok(moved.every((address) => /^127\.0\.0\.1:\d+$/.test(address)));
  });

  it('has a port that can be told where the config leaves it open', async () => {
    for (const address of addresses(await onFreePorts(planned('127.0.0.1:0', 'localhost:0', '[::1]:0', ':0')))) {
      assert.doesNotMatch(address, /:0$/);
    }
  });

  it('keeps every other setting, and leaves the plan alone that it was made from', async () => {
    const before = planned(`127.0.0.1:${await takenPort()}`, 'localhost:0', 'localhost:0', 'localhost:0');
    const copy = JSON.stringify(before);
    const moved = await onFreePorts(before);
    const http = (of: Plan) => JSON.stringify(of.traces[0]!.receivers[0]!.config).replace(/"endpoint":\{[^}]*\}/, '');
    assert.equal(http(moved), http(before));
    assert.equal(JSON.stringify(before), copy);
  });
});
