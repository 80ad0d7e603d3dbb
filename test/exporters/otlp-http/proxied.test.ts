/** The way through a proxy. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request as forward, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { after, describe, it } from 'node:test';
import { Authority } from '../../helpers/certificates.ts';
import { bodyOf } from '../../helpers/delivery-rig.ts';
import { Destination } from '../../helpers/destination.ts';
import { startExporter } from '../../helpers/otlp-http-exporter.ts';

const opened: Server[] = [];
after(() => {
  for (const server of opened) {
    server.closeAllConnections();
    server.close();
  }
});

/** Forwards requests and tunnels, and keeps what it was asked for. */
async function openProxy(credentials?: string) {
  const asked: Pick<IncomingMessage, 'method' | 'url' | 'headers'>[] = [];
  const refused = ({ headers }: IncomingMessage) => credentials !== undefined && headers['proxy-authorization'] !== credentials;
  const server = createServer((request, response) => {
    asked.push(request);
    if (refused(request)) {
      response.writeHead(407).end();
      return;
    }
    const { 'proxy-authorization': _, ...headers } = request.headers;
    const onward = forward(request.url ?? '', { method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward);
  });
  server.on('connect', (request, client) => {
    asked.push(request);
    if (refused(request)) {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      return;
    }
    const [host, port] = (request.url ?? '').split(':');
    const target = connect(Number(port), host, () => client.write('HTTP/1.1 200 OK\r\n\r\n'));
    for (const socket of [client, target]) socket.on('error', () => undefined);
    client.pipe(target).pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  opened.push(server);
  return { asked, address: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe('a proxy', () => {
  it('is asked for the whole URL of a plain destination', async () => {
    const [destination, proxy] = [await Destination.open(), await openProxy()];
    const { attempt } = await startExporter(`endpoint: ${destination.url}\nproxy_url: http://${proxy.address}`);
    assert.equal((await attempt(bodyOf(1))).status, 'delivered');
    assert.deepEqual(
      destination.arrived.map(({ body }) => String(body)),
      [bodyOf(1)],
    );
    assert.deepEqual(
      proxy.asked.map(({ method, url }) => [method, url]),
      [['POST', `${destination.url}/v1/traces`]],
    );
  });

  it('is asked for a tunnel to a destination with TLS, and sees neither spans nor credentials', async () => {
    const authority = new Authority();
    const destination = await Destination.open(undefined, { tls: authority.issue('127.0.0.1') });
    const proxy = await openProxy();
    const yaml = `endpoint: ${destination.url}\ntls: { ca_file: ${authority.certFile} }\nheaders: { authorization: canary }`;
    const { attempt } = await startExporter(`${yaml}\nproxy_url: http://${proxy.address}`);
    assert.equal((await attempt(bodyOf(1))).status, 'delivered');
    assert.equal(destination.arrived[0]!.headers.authorization, 'canary');
    assert.deepEqual(
      proxy.asked.map(({ method, url }) => [method, url]),
      [['CONNECT', `127.0.0.1:${destination.port}`]],
    );
    assert.doesNotMatch(JSON.stringify(proxy.asked.map(({ headers }) => headers)), /canary/);
  });

  it('gets the user and password of its URL, which are shown nowhere', async () => {
    const credentials = `Basic ${Buffer.from('me:canary').toString('base64')}`;
    const [destination, proxy] = [await Destination.open(), await openProxy(credentials)];
    const { attempt, observer } = await startExporter(
      `endpoint: ${destination.url}\nproxy_url: http://me:canary@${proxy.address}`,
    );
    assert.equal((await attempt(bodyOf(1))).status, 'delivered');
    assert.equal(destination.arrived[0]!.headers['proxy-authorization'], undefined);
    assert.doesNotMatch(observer.text, /canary/);
  });

  it('that refuses us holds the spans back until a person acts', async () => {
    const [destination, proxy] = [await Destination.open(), await openProxy('Basic other')];
    const { attempt } = await startExporter(`endpoint: ${destination.url}\nproxy_url: http://me:canary@${proxy.address}`);
    const outcome = await attempt(bodyOf(1));
    assert.equal(outcome.status, 'denied');
    assert.doesNotMatch(JSON.stringify(outcome), /canary/);
    assert.equal(destination.arrived.length, 0);
  });

  it('that is down makes the destination unavailable', async () => {
    const destination = await Destination.open();
    const { attempt } = await startExporter(`endpoint: ${destination.url}\nproxy_url: http://127.0.0.1:1`);
    assert.equal((await attempt(bodyOf(1))).status, 'unavailable');
  });
});
