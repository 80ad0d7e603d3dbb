/** What the daemon says about its components, from their start to their stop. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';
import { GraphStatus } from '../../src/graph/status.ts';
import { bodyOf } from '../helpers/delivery-rig.ts';
import { ACCEPT, Destination } from '../helpers/destination.ts';
import { configFor, GraphRig, planOf } from '../helpers/graph-rig.ts';
import { post } from '../helpers/http.ts';
import { until } from '../helpers/until.ts';

const TEMPO = 'exporter/otlp_http/tempo';

describe('the state of a daemon', () => {
  const status = () => new GraphStatus(planOf(configFor('http://127.0.0.1:9')), () => 1000);

  it('is starting, and not ready, until everything has started', () => {
    const starting = status();
    starting.note('receiver/otlp', 'starting');
    const { state, ready, startedMs, components } = starting.read();
    assert.deepEqual([state, ready, startedMs], ['starting', false, 1000]);
    assert.deepEqual(components, [{ id: 'receiver/otlp', state: 'starting', sinceMs: 1000 }]);
  });

  it('is failed, and not ready, once a component has failed, whatever follows', () => {
    const failing = status();
    failing.note('receiver/otlp', 'ok');
    failing.enter('running');
    failing.note('receiver/otlp', 'failed', new Error('socket gone'));
    failing.note('receiver/otlp', 'stopped');
    const { state, ready, components } = failing.read();
    assert.deepEqual([state, ready], ['failed', false]);
    assert.deepEqual(components, [{ id: 'receiver/otlp', state: 'failed', sinceMs: 1000, lastError: 'socket gone' }]);
  });

  it('is stopped, and not ready, from the beginning of the stop', () => {
    const stopping = status();
    stopping.note('receiver/otlp', 'ok');
    stopping.enter('running');
    stopping.enter('stopped');
    assert.deepEqual([stopping.read().state, stopping.read().ready], ['stopped', false]);
  });

  it('knows which components make a pipeline', () => {
    assert.deepEqual(
      [...status().read().pipelines],
      [
        ['traces', ['receiver/otlp', TEMPO]],
        ['metrics', ['exporter/prometheus']],
      ],
    );
  });
});

describe('a running graph', () => {
  it('is ok with all its components, in starting order', async (test) => {
    const rig = await new GraphRig(test, configFor('http://127.0.0.1:9')).start();
    const { state, ready } = rig.status.read();
    assert.deepEqual([state, ready], ['ok', true]);
    assert.deepEqual(rig.states, { journal: 'ok', [TEMPO]: 'ok', 'exporter/prometheus': 'ok', 'receiver/otlp': 'ok' });
  });

  it('is retrying and ready with a dead destination, tells what waits, and is ok when it is back', async (test) => {
    const tempo = await Destination.open(() => ({ status: 503 }));
    const rig = await new GraphRig(test, configFor(tempo.url)).start();
    assert.equal((await post(`${rig.urlOf('receiver/otlp')}/v1/traces`, bodyOf(1, 2))).status, 200);
    await until('a failed attempt', () => rig.states[TEMPO] === 'retrying');
    const { state, ready, components } = rig.status.read();
    assert.deepEqual([state, ready], ['retrying', true]);
    const { lastError, backlog } = components.find(({ id }) => id === TEMPO) ?? {};
    assert.equal(lastError, `${tempo.url}/v1/traces answered 503`);
    assert.equal(backlog?.records, 1);
    tempo.script = () => ACCEPT;
    await until('a good attempt', () => rig.states[TEMPO] === 'ok');
    await until('nothing waits', () => rig.status.read().components.every((component) => component.backlog === undefined));
  });

  it('is blocked and ready with a destination that refuses us', async (test) => {
    const tempo = await Destination.open(() => ({ status: 401 }));
    const rig = await new GraphRig(test, configFor(tempo.url)).start();
    await post(`${rig.urlOf('receiver/otlp')}/v1/traces`, bodyOf(1));
    await until('a refused attempt', () => rig.status.read().state === 'blocked');
    assert.equal(rig.status.read().ready, true);
  });

  it('is stopped in all its parts after a stop', async (test) => {
    const rig = await new GraphRig(test, configFor('http://127.0.0.1:9')).start();
    await rig.stop();
    assert.deepEqual([...new Set(Object.values(rig.states))], ['stopped']);
    assert.equal(rig.status.read().state, 'stopped');
  });

  it('is failed where a component cannot start, and the parts before it are stopped', async (test) => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    test.after(() => blocker.close());
    const { port } = blocker.address() as { port: number };
    const taken = configFor('http://127.0.0.1:9').replace(
      'http: { endpoint: 127.0.0.1:0 }',
      `http: { endpoint: '127.0.0.1:${port}' }`,
    );
    const rig = new GraphRig(test, taken);
    await assert.rejects(rig.start(), /the port is taken/);
    assert.deepEqual(rig.states, {
      journal: 'stopped',
      [TEMPO]: 'stopped',
      'exporter/prometheus': 'stopped',
      'receiver/otlp': 'failed',
    });
  });
});
