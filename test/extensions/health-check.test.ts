/** The health check over real sockets: what probes, people and tools of the Collector are told. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { Authenticator, ComponentHealth, ComponentState, Health } from '../../src/component/contract.ts';
import { healthCheckExtension } from '../../src/extensions/health-check/index.ts';
import { configOf, faultsOf } from '../helpers/component.ts';
import { send } from '../helpers/http.ts';
import { Observer } from '../helpers/observer.ts';
import { addressOf, authenticatorFor } from '../helpers/running-exporter.ts';

const STARTED_MS = Date.parse('2026-11-20T14:00:00Z');
const TEMPO = 'exporter/otlp_http/tempo';

function component(id: string, state: ComponentState, more: Partial<ComponentHealth> = {}): ComponentHealth {
  return { id, state, sinceMs: STARTED_MS, ...more };
}

/** A daemon with one destination in this state. */
function healthWith(tempo: ComponentState, ready = true, more: Partial<ComponentHealth> = {}): Health {
  return {
    state: tempo,
    ready,
    startedMs: STARTED_MS,
    components: [component('extension/health_check', 'ok'), component(TEMPO, tempo, more), component('receiver/otlp', 'ok')],
    pipelines: new Map([
      ['traces', ['receiver/otlp', TEMPO]],
      ['traces/other', ['receiver/otlp']],
    ]),
  };
}

async function start(test: TestContext, health: Health, yaml = '', authenticator?: Authenticator) {
  const observer = new Observer();
  observer.health = health;
  const endpoint = yaml.includes('endpoint:') ? '' : 'endpoint: localhost:0\n';
  const now = () => STARTED_MS + 60_000;
  const context = { ...observer.context('extension/health_check', now), authenticator };
  const extension = healthCheckExtension.create(configOf(healthCheckExtension.config, endpoint + yaml), context);
  await extension.start?.();
  test.after(() => extension.shutdown?.(AbortSignal.timeout(5_000)));
  const base = addressOf(observer).replace('0.0.0.0', '127.0.0.1');
  const get = async (path: string, headers = {}) => {
    const answer = await send(`${base}${path}`, undefined, { method: 'GET', headers });
    return { ...answer, json: () => JSON.parse(answer.body) };
  };
  return { get, observer };
}

describe('the health check', () => {
  for (const [state, ready, status] of [
    ['ok', true, 200],
    ['retrying', true, 200],
    ['blocked', true, 200],
    ['starting', false, 503],
    ['stopped', false, 503],
    ['failed', false, 503],
  ] as const) {
    it(`says ${status} about readiness, and 200 about life, of a daemon that is ${state}`, async (test) => {
      const { get } = await start(test, healthWith(state, ready));
      for (const path of ['/readyz', '/healthz', '/']) assert.equal((await get(path)).status, status, path);
      assert.equal((await get('/livez')).status, 200);
    });
  }

  it('shows people the state of every component', async (test) => {
    const backlog = { records: 1204, ageSeconds: 121 };
    const { get } = await start(test, healthWith('retrying', true, { lastError: 'tempo answered 503', backlog }));
    const { headers, json } = await get('/healthz');
    assert.match(headers['content-type'] ?? '', /^application\/json/);
    assert.equal(headers['cache-control'], 'no-store');
    const since = '2026-11-20T14:00:00.000Z';
    assert.deepEqual(json(), {
      status: 'retrying',
      ready: true,
      components: [
        { id: 'extension/health_check', status: 'ok', since },
        { id: TEMPO, status: 'retrying', since, lastError: 'tempo answered 503', backlog },
        { id: 'receiver/otlp', status: 'ok', since },
      ],
    });
  });

  it('tells others no more than whether it is well, where it can be reached from elsewhere', async (test) => {
    const { get } = await start(test, healthWith('retrying', true, { lastError: 'canary' }), 'endpoint: 0.0.0.0:0');
    assert.deepEqual((await get('/healthz')).json(), { status: 'retrying', ready: true });
    assert.doesNotMatch((await get('/status?verbose')).body, /canary|otlp/);
  });

  it('tells all to who proves to be somebody, and nothing to the rest', async (test) => {
    const yaml = 'endpoint: 0.0.0.0:0\nauth: { authenticator: bearertokenauth }';
    const { get } = await start(test, healthWith('ok'), yaml, authenticatorFor('word'));
    assert.equal((await get('/healthz')).status, 401);
    assert.equal((await get('/healthz', { authorization: 'Bearer word' })).json().components.length, 3);
  });

  it('cannot be made with an authenticator that proves nobody', () => {
    const config = configOf(healthCheckExtension.config, 'auth: { authenticator: client }');
    const context = { ...new Observer().context('extension/health_check'), authenticator: { credentials: () => ({}) } };
    assert.throws(() => healthCheckExtension.create(config, context), {
      message: 'cannot create extension/health_check: "client" does not check who asks',
    });
  });

  it('answers at the path of the Collector in its words', async (test) => {
    const { get } = await start(test, healthWith('ok'), 'path: /health/status');
    assert.deepEqual((await get('/health/status')).json(), {
      status: 'Server available',
      upSince: '2026-11-20T14:00:00.000Z',
    });
    assert.equal((await get('/')).status, 404);
  });

  for (const [ready, status, body] of [
    [true, 200, 'fine'],
    [false, 503, 'down'],
  ] as const) {
    it(`answers "${body}" where that is configured`, async (test) => {
      const { get } = await start(test, healthWith('ok', ready), 'response_body: { healthy: fine, unhealthy: down }');
      const answer = await get('/');
      assert.deepEqual([answer.status, answer.body], [status, body]);
    });
  }

  it('refuses names that are not its own, as every page for operators', async (test) => {
    const { get } = await start(test, healthWith('ok'));
    assert.equal((await get('/healthz', { host: 'attacker.example' })).status, 403);
  });

  it('names its option when the port is taken', async (test) => {
    const { observer } = await start(test, healthWith('ok'));
    const { port } = new URL(addressOf(observer));
    await assert.rejects(start(test, healthWith('ok'), `endpoint: localhost:${port}`), /\(extensions\.health_check\.endpoint\)/);
    await assert.rejects(
      start(test, healthWith('ok'), `http: { endpoint: 'localhost:${port}' }`),
      /\(extensions\.health_check\.http\.endpoint\)/,
    );
  });
});

describe("the status page of the Collector's newer health check", () => {
  for (const [state, ready, status, word] of [
    ['ok', true, 200, 'StatusOK'],
    ['retrying', true, 200, 'StatusRecoverableError'],
    ['blocked', true, 200, 'StatusPermanentError'],
    ['failed', false, 500, 'StatusFatalError'],
    ['starting', false, 503, 'StatusStarting'],
    ['stopped', false, 503, 'StatusStopped'],
  ] as const) {
    it(`is ${status} ${word} of a daemon that is ${state}`, async (test) => {
      const { get } = await start(test, healthWith(state, ready));
      const answer = await get('/status');
      assert.deepEqual([answer.status, answer.json().status, answer.json().components], [status, word, undefined]);
    });
  }

  for (const [rules, state, status] of [
    ['include_permanent_errors: true', 'blocked', 500],
    ['include_permanent_errors: true', 'retrying', 200],
    ['include_recoverable_errors: true', 'retrying', 200],
    ['include_recoverable_errors: true, recovery_duration: 1m', 'retrying', 500],
    ['include_recoverable_errors: true, recovery_duration: 1m', 'blocked', 200],
  ] as const) {
    it(`is ${status} with { ${rules} } a minute after a destination began ${state}, and the readiness 200`, async (test) => {
      const { get } = await start(test, healthWith(state), `component_health: { ${rules} }`);
      assert.equal((await get('/status')).status, status);
      assert.equal((await get('/readyz')).status, 200);
    });
  }

  it('is of one pipeline where that is asked for, and 404 where there is none', async (test) => {
    const { get } = await start(test, healthWith('retrying'));
    assert.equal((await get('/status?pipeline=traces')).json().status, 'StatusRecoverableError');
    assert.equal((await get('/status?pipeline=traces/other')).json().status, 'StatusOK');
    assert.equal((await get('/status?pipeline=metrics')).status, 404);
  });

  it('lists pipelines and their components where that is asked for', async (test) => {
    const { get } = await start(test, healthWith('retrying', true, { lastError: 'tempo answered 503' }));
    const { components } = (await get('/status?verbose')).json();
    assert.deepEqual(Object.keys(components), ['pipeline:traces', 'pipeline:traces/other', 'extensions']);
    assert.deepEqual(components['pipeline:traces'].components['exporter:otlp_http/tempo'], {
      healthy: true,
      status: 'StatusRecoverableError',
      status_time: '2026-11-20T14:00:00.000Z',
      error: 'tempo answered 503',
    });
    const pipeline = (await get('/status?pipeline=traces&verbose')).json();
    assert.deepEqual(Object.keys(pipeline.components), ['exporter:otlp_http/tempo', 'receiver:otlp']);
  });

  it('stands where the config says, or nowhere', async (test) => {
    const moved = await start(test, healthWith('ok'), 'http: { endpoint: "localhost:0", status: { path: /up } }');
    assert.deepEqual([(await moved.get('/up')).status, (await moved.get('/status')).status], [200, 404]);
    const off = await start(test, healthWith('ok'), 'http: { endpoint: "localhost:0", status: { enabled: false } }');
    assert.equal((await off.get('/status')).status, 404);
  });
});

describe('the settings of the health check', () => {
  for (const [yaml, code, path] of [
    ['grpc: { endpoint: localhost:1 }', 'unsupported', 'grpc'],
    ['http: { config: { enabled: true } }', 'unsupported', 'http.config'],
    ['check_collector_pipeline: { enabled: true }', 'no_effect', 'check_collector_pipeline'],
    ['path: health', 'wrong_value', 'path'],
    ['path: /:secret', 'wrong_value', 'path'],
  ] as const) {
    it(`${yaml} is ${code}`, () => {
      const faults = faultsOf(healthCheckExtension.config, yaml).map((fault) => [fault.code, fault.path]);
      assert.deepEqual(faults, [[code, `component.${path}`]]);
    });
  }

  it('take the newer spelling', () => {
    assert.deepEqual(faultsOf(healthCheckExtension.config, 'use_v2: true\nhttp: { endpoint: 0.0.0.0:13133 }'), []);
  });
});
