/** A listener after the other on one port: what they hand over, and what happens when that fails. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it, type TestContext } from 'node:test';
import type { TlsOptions } from 'node:tls';
import { Agent, request } from 'undici';
import { HttpListener, type HttpListenerSettings } from '../../src/component/http-listener.ts';
import { Authority } from '../helpers/certificates.ts';
import { freePort } from '../helpers/free-ports.ts';
import { Observer } from '../helpers/observer.ts';

const authority = new Authority('listener');

function listenerOf(test: TestContext, port: number, name: string, more: Partial<HttpListenerSettings> = {}): HttpListener {
  const settings = {
    endpoint: { host: '127.0.0.1', port },
    option: 'endpoint',
    headersTimeoutMs: 1000,
    requestTimeoutMs: 1000,
    idleTimeoutMs: 10_000,
    maxConnections: 10,
    context: new Observer().context(name),
    ...more,
  };
  const listener = new HttpListener(settings, (_request, response) => void response.end(name));
  test.after(() => listener.shutdown(AbortSignal.abort()));
  return listener;
}

function tlsOf(name: string): Required<Pick<HttpListenerSettings, 'tls'>> {
  const { certFile, keyFile } = authority.issue(name);
  const read = async (): Promise<TlsOptions> => ({ cert: readFileSync(certFile), key: readFileSync(keyFile) });
  return { tls: { read, followed: [certFile, keyFile] } };
}

/** Over one connection for as long as it is kept. */
function asking(test: TestContext, port: number, scheme = 'http') {
  const agent = new Agent({ connections: 1, connect: { rejectUnauthorized: false } });
  test.after(() => agent.destroy());
  let connections = 0;
  agent.on('connect', () => {
    connections += 1;
  });
  return {
    ask: async () => (await request(`${scheme}://127.0.0.1:${port}/`, { dispatcher: agent })).body.text(),
    connections: () => connections,
  };
}

const soon = () => AbortSignal.timeout(1000);

describe('a listener that replaces another', () => {
  for (const [scheme, settings] of [
    ['http', () => ({})],
    ['https', () => tlsOf('127.0.0.1')],
  ] as const) {
    it(`takes its port over with its connections: ${scheme}`, async (test) => {
      const port = await freePort();
      const [one, two] = [listenerOf(test, port, 'one', settings()), listenerOf(test, port, 'two', settings())];
      const { ask, connections } = asking(test, port, scheme);
      await one.start();
      assert.equal(await ask(), 'one');
      await two.start(one);
      await one.shutdown(soon());
      assert.deepEqual([await ask(), connections()], ['two', 1]);
      assert.equal(two.listening, true);
      await two.shutdown(soon());
      await assert.rejects(ask());
    });
  }

  it('gives the port back', async (test) => {
    const port = await freePort();
    const [one, two] = [listenerOf(test, port, 'one'), listenerOf(test, port, 'two')];
    const { ask, connections } = asking(test, port);
    await one.start();
    await two.start(one);
    await one.start(two);
    await two.shutdown(soon());
    assert.deepEqual([await ask(), connections()], ['one', 1]);
  });

  it('closes a port that has to be opened in another way', async (test) => {
    const port = await freePort();
    const [one, two] = [listenerOf(test, port, 'one'), listenerOf(test, port, 'two', tlsOf('127.0.0.1'))];
    await one.start();
    await two.start(one);
    assert.equal(await asking(test, port, 'https').ask(), 'two');
    assert.equal(one.listening, false);
  });

  it('leaves it as it was where its certificates cannot be read', async (test) => {
    const port = await freePort();
    const read = () => Promise.reject(new Error('no such file'));
    const [one, two] = [listenerOf(test, port, 'one'), listenerOf(test, port, 'two', { tls: { read, followed: [] } })];
    await one.start();
    await assert.rejects(two.start(one), /no such file/);
    assert.equal(await asking(test, port).ask(), 'one');
  });

  it('opens its own beside a port that is another', async (test) => {
    const [first, second] = [await freePort(), await freePort()];
    const [one, two] = [listenerOf(test, first, 'one'), listenerOf(test, second, 'two')];
    await one.start();
    await two.start(one);
    assert.deepEqual([await asking(test, first).ask(), await asking(test, second).ask()], ['one', 'two']);
  });
});
