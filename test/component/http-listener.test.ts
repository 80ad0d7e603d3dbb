import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { HttpListener, type HttpListenerSettings } from '../../src/component/http-listener.ts';
import { startChild, untilReady } from '../helpers/children.ts';
import { cleanEnvironment, folderWith, logLines, MAIN } from '../helpers/daemon.ts';
import { send } from '../helpers/http.ts';
import { Observer } from '../helpers/observer.ts';
import { RawClient } from '../helpers/raw-client.ts';
import { until } from '../helpers/until.ts';

async function listen(test: TestContext, settings: Partial<HttpListenerSettings> = {}) {
  const observer = new Observer();
  const listener = new HttpListener(
    {
      endpoint: { host: '127.0.0.1', port: 0 },
      option: 'x.endpoint',
      headersTimeoutMs: 10_000,
      requestTimeoutMs: 60_000,
      idleTimeoutMs: 65_000,
      maxConnections: 100,
      context: observer.context('x'),
      ...settings,
    },
    (_request, response, proceed) => {
      proceed();
      response.end('hello');
    },
  );
  await listener.start();
  test.after(() => listener.shutdown(AbortSignal.abort()));
  const { endpoint } = JSON.parse(observer.lines.find((line) => line.includes('listening')) ?? '{}');
  return { listener, observer, url: String(endpoint), port: Number(new URL(endpoint).port) };
}

const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

describe('an HTTP listener', () => {
  it('says where it listens, and that it does until it is shut down', async (test) => {
    const { listener, url } = await listen(test);
    assert.equal(listener.listening, true);
    assert.equal((await send(url, undefined, { method: 'GET' })).body, 'hello');
    await listener.shutdown(AbortSignal.timeout(1000));
    assert.equal(listener.listening, false);
  });

  it('turns connections away that are too many, without a word', async (test) => {
    const { port } = await listen(test, { maxConnections: 3 });
    const clients = await Promise.all(Array.from({ length: 5 }, () => RawClient.open(port)));
    await until('two are closed', () => clients.filter(({ closed }) => closed).length === 2);
    assert.ok(clients.every(({ received }) => received === ''));
    const kept = clients.filter(({ closed }) => !closed);
    for (const client of kept) client.write(GET);
    for (const client of kept) assert.deepEqual(await client.untilStatuses(1), [200]);
    kept[0]?.socket.destroy();
    await until('there is room for one', async () => {
      const next = await RawClient.open(port);
      next.write(GET);
      await until('it is answered or closed', () => next.closed || next.statuses.length === 1);
      return next.statuses[0] === 200;
    });
  });

  it('closes a connection that says nothing when headers would be due', async (test) => {
    const { port } = await listen(test, { headersTimeoutMs: 50 });
    const [silent, slow] = [await RawClient.open(port), await RawClient.open(port)];
    slow.write('GET / HTTP/1.1\r\nHost:');
    for (const client of [silent, slow]) assert.match(await client.untilClosed(), /^HTTP\/1\.1 408 /);
  });

  it('closes a connection that has been unused for long', async (test) => {
    const { port } = await listen(test, { idleTimeoutMs: 50 });
    const client = await RawClient.open(port);
    client.write(GET);
    assert.match(await client.untilClosed(), /^HTTP\/1\.1 200 [\s\S]*hello$/);
  });
});

describe('a low limit of open files', () => {
  const CONFIG = `receivers:
  otlp: { protocols: { http: { endpoint: "127.0.0.1:0" } } }
exporters:
  otlp_http: { endpoint: "http://127.0.0.1:9" }
service:
  telemetry: { metrics: { level: none } }
  pipelines:
    traces: { receivers: [otlp], exporters: [otlp_http] }
`;

  it('leaves files for other things than connections, and is said', async () => {
    const folder = folderWith(CONFIG);
    const shell = 'ulimit -n 220; exec "$0" "$1" run -c "$2/spanmeter.yaml"';
    const child = startChild('/bin/sh', ['-c', shell, process.execPath, MAIN, folder], {
      cwd: folder,
      env: cleanEnvironment(folder, {}),
    });
    const log = () => logLines(child.stderr());
    await untilReady(child, 'the daemon', () => log().some(({ msg }) => msg === 'started'));
    const warning = log().find(({ msg }) => msg === 'fewer connections are taken than usual: the limit of open files is low');
    assert.equal(warning?.['connections'], 20);
    const { endpoint } = log().find(({ msg }) => msg === 'listening') as { endpoint?: string } & object;
    const clients = await Promise.all(Array.from({ length: 300 }, () => RawClient.open(Number(new URL(endpoint ?? '').port))));
    await until('the others are closed', () => clients.filter(({ closed }) => closed).length >= 280);
    for (const { socket } of clients) socket.destroy();
    child.kill('SIGTERM');
    assert.equal(await child.exited, 0, child.stderr());
  });
});
