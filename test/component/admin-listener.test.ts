import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import type { Express, Response } from 'express';
import { Agent, request } from 'undici';
import { type AdminListenerSettings, adminListener, LOOPBACK_NAMES } from '../../src/component/admin-listener.ts';
import type { Lifecycle } from '../../src/component/contract.ts';
import { send } from '../helpers/http.ts';
import { Observer } from '../helpers/observer.ts';
import { addressOf, authenticatorFor } from '../helpers/running-exporter.ts';
import { until } from '../helpers/until.ts';

type Settings = Partial<Omit<AdminListenerSettings, 'context'>>;

function create(settings: Settings = {}, mount: (app: Express) => void = helloAt, observer = new Observer()): Lifecycle {
  const endpoint = { host: 'localhost', port: 0 };
  const context = observer.context('extension/x');
  return adminListener({ endpoint, option: 'extensions.x.endpoint', hosts: LOOPBACK_NAMES, context, ...settings }, mount);
}

async function start(test: TestContext, settings?: Settings, mount?: (app: Express) => void) {
  const observer = new Observer();
  const listener = create(settings, mount, observer);
  await listener.start?.();
  const shutdown = (deadline: AbortSignal) => listener.shutdown?.(deadline);
  test.after(() => shutdown(AbortSignal.timeout(5_000)));
  const port = Number(new URL(addressOf(observer)).port);
  return { observer, shutdown, port, url: `http://127.0.0.1:${port}` };
}

function helloAt(app: Express): void {
  app.get('/', (_request, response) => void response.send('hello'));
}

function get(url: string, headers: Readonly<Record<string, string>> = {}) {
  return send(url, undefined, { method: 'GET', headers });
}

describe('admin listener', () => {
  it('sends headers that keep other sites and guesses out, and none that tells what it runs on', async (test) => {
    const { url } = await start(test);
    const { status, headers } = await get(`${url}/`);
    assert.equal(status, 200);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['referrer-policy'], 'no-referrer');
    assert.equal(headers['cross-origin-opener-policy'], 'same-origin');
    assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
    assert.match(headers['content-security-policy'] ?? '', /^default-src 'none'; frame-ancestors 'none'/);
    assert.deepEqual(
      ['x-powered-by', 'etag', 'access-control-allow-origin'].map((name) => headers[name]),
      [undefined, undefined, undefined],
    );
  });

  for (const [headers, status] of [
    [{ host: 'localhost' }, 200],
    [{ host: 'LOCALHOST:9464' }, 200],
    [{ host: '[::1]:9464' }, 200],
    [{ host: '127.0.0.1:1' }, 200],
    [{ host: 'attacker.example' }, 403],
    [{ host: 'localhost.attacker.example' }, 403],
    [{ origin: 'http://attacker.example' }, 403],
    [{ origin: 'null' }, 403],
    [{ host: 'localhost:7', origin: 'http://localhost:7' }, 200],
    [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }, 403],
    [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }, 403],
    [{ 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script' }, 403],
    [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }, 403],
    [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }, 200],
    [{ 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }, 200],
    [{ 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }, 200],
  ] as const) {
    it(`answers ${status} to ${JSON.stringify(headers)}`, async (test) => {
      const { url } = await start(test);
      assert.equal((await get(`${url}/`, headers)).status, status);
    });
  }

  it('takes any name where it is meant to be reached from elsewhere', async (test) => {
    const { url } = await start(test, { endpoint: { host: '', port: 0 }, hosts: 'any' });
    assert.equal((await get(`${url}/`, { host: 'meter.example:9464' })).status, 200);
  });

  it('wants credentials on every path where it has an authenticator', async (test) => {
    const { url } = await start(test, { authenticator: authenticatorFor('word') });
    const refused = await get(`${url}/nothing`);
    assert.deepEqual([refused.status, refused.headers['www-authenticate']], [401, 'Bearer']);
    assert.equal((await get(`${url}/`, { authorization: 'Bearer word' })).status, 200);
  });

  it('says what its authenticator wants', async (test) => {
    const { url } = await start(test, { authenticator: { ...authenticatorFor('word'), challenge: 'Basic realm="x"' } });
    assert.equal((await get(`${url}/`)).headers['www-authenticate'], 'Basic realm="x"');
  });

  it('answers 503 without a stack where a route fails, and logs the error', async (test) => {
    const failing = (app: Express) => app.get('/', () => Promise.reject(new Error('inner detail')));
    const { url, observer } = await start(test, {}, failing);
    const { status, body } = await get(`${url}/`);
    assert.deepEqual([status, body], [503, 'cannot answer\n']);
    assert.match(observer.lines.at(-1) ?? '', /cannot answer a request.*inner detail/);
  });

  it('names port and option when the port is taken, and leaves nothing open', async (test) => {
    const { port } = await start(test);
    const endpoint = { host: 'localhost', port };
    const message = `cannot listen on localhost:${port} (extensions.x.endpoint): the port is taken; choose another one`;
    await assert.rejects(start(test, { endpoint }), { message });
  });

  it('names the option when the address is not ours', async (test) => {
    await assert.rejects(
      start(test, { endpoint: { host: '192.0.2.1', port: 0 } }),
      /cannot listen on 192\.0\.2\.1:0 \(extensions\.x\.endpoint\)/,
    );
  });

  it('does not start with a certificate that cannot be read, and can then be shut down', async () => {
    const listener = create({ tls: { read: () => Promise.reject(new Error('cannot read tls.cert_file')), followed: [] } });
    await assert.rejects(async () => listener.start?.(), /cannot read tls.cert_file/);
    await listener.shutdown?.(AbortSignal.timeout(1_000));
  });
});

describe('shutdown of an admin listener', () => {
  it('is safe before start and twice', async () => {
    const listener = create();
    await listener.shutdown?.(AbortSignal.timeout(1_000));
    await listener.start?.();
    await Promise.all([listener.shutdown?.(AbortSignal.timeout(1_000)), listener.shutdown?.(AbortSignal.timeout(1_000))]);
    await listener.shutdown?.(AbortSignal.timeout(1_000));
  });

  it('does not wait for connections that are kept open or never asked', async (test) => {
    const { url, port, shutdown } = await start(test);
    const agent = new Agent({ keepAliveTimeout: 60_000 });
    await (await request(`${url}/`, { dispatcher: agent })).body.text();
    const silent = connect(port, '127.0.0.1');
    silent.on('error', () => undefined);
    await once(silent, 'connect');
    const deadline = new AbortController();
    await shutdown(deadline.signal);
    await agent.close();
  });

  it('lets an answer that was begun finish, then ends its connection', async (test) => {
    const answers: Response[] = [];
    const { url, shutdown } = await start(test, {}, (app) => app.get('/', (_request, response) => void answers.push(response)));
    const asked = get(`${url}/`);
    await until('asked', () => answers.length > 0);
    const ended = shutdown(new AbortController().signal);
    answers[0]?.send('late');
    assert.equal((await asked).body, 'late');
    await ended;
    await assert.rejects(get(`${url}/`), /ECONNREFUSED/);
  });

  it('cuts off an answer that does not come by the deadline', async (test) => {
    const answers: Response[] = [];
    const { url, shutdown } = await start(test, {}, (app) => app.get('/', (_request, response) => void answers.push(response)));
    const answer = assert.rejects(get(`${url}/`));
    await until('asked', () => answers.length > 0);
    await shutdown(AbortSignal.abort());
    await answer;
  });
});
