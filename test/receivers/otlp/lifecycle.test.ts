import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { describe, it } from 'node:test';
import { Agent, request } from 'undici';
import { otlpReceiver } from '../../../src/receivers/otlp/index.ts';
import { send } from '../../helpers/http.ts';
import { RawClient } from '../../helpers/raw-client.ts';
import { until } from '../../helpers/until.ts';
import { checkReceiver, createReceiver, DOORKEEPER, openReceiver, TAKEN } from './open-receiver.ts';

const SPAN = '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"s"}]}]}]}';
const JSON_TYPE = { 'content-type': 'application/json' };
const POST = `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${SPAN.length}\r\n\r\n${SPAN}`;
const never = new AbortController().signal;

function gate() {
  let open: () => void = assert.fail;
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { open: () => open(), passed };
}

describe('start of the OTLP receiver', () => {
  it('logs where it listens', async () => {
    const { log, url } = await openReceiver();
    assert.deepEqual(log, [{ level: 'info', message: 'listening', fields: { endpoint: url } }]);
    assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
  });

  it('listens for "localhost" where senders look for it', async () => {
    const { port } = await openReceiver({ endpoint: 'localhost:0' });
    assert.equal((await send(`http://127.0.0.1:${port}`, '{}', { headers: JSON_TYPE })).status, 200);
  });

  it('names address, option and remedy when the port is taken', async () => {
    const { port } = await openReceiver();
    const second = createReceiver({ endpoint: `127.0.0.1:${port}` });
    await assert.rejects(second.receiver.start?.() ?? Promise.resolve(), {
      message: `cannot listen on 127.0.0.1:${port} (receivers.otlp.protocols.http.endpoint): the port is taken; choose another one`,
    });
    await second.receiver.shutdown?.(never);
  });

  it('asks whether it is Tempo that has port 4318', async () => {
    // An address that nothing else uses: the usual one may be taken by another test, or let go of meanwhile.
    const other = createServer();
    other.listen(4318, '127.0.0.18');
    await once(other, 'listening');
    const { receiver } = createReceiver({ endpoint: '127.0.0.18:4318' });
    await assert.rejects(
      receiver.start?.() ?? Promise.resolve(),
      /the port is taken; is this Tempo\? set http.endpoint: localhost:4328/,
    );
    other.close();
  });

  it('fails for a name that is none of ours, with the cause', async () => {
    const { receiver } = createReceiver({ endpoint: '192.0.2.1:0' });
    await assert.rejects(receiver.start?.() ?? Promise.resolve(), (error: Error) => {
      assert.match(error.message, /^cannot listen on 192\.0\.2\.1:0 /);
      assert.ok(error.cause instanceof Error);
      return true;
    });
  });

  it('says in the plan where it will listen, and whether anyone may send', () => {
    for (const [extra, closed] of [
      ['', false],
      ['\n    auth: { authenticator: door }', true],
      ['\n    tls: { cert_file: a, key_file: b }', false],
      ['\n    tls: { cert_file: a, key_file: b, client_ca_file: c }', true],
    ] as const) {
      const { config } = checkReceiver(`protocols:\n  http:\n    endpoint: 0.0.0.0:4318${extra}`);
      assert.ok(config);
      assert.deepEqual(otlpReceiver.listens?.(config), [
        { path: 'protocols.http.endpoint', host: '0.0.0.0', port: 4318, purpose: 'intake', protected: closed },
      ]);
    }
  });

  it('is refused to an authenticator that cannot tell who sends', () => {
    const http = ['auth: { authenticator: door }'];
    assert.throws(() => createReceiver({ http }), /"door" does not check who sends/);
    assert.throws(() => createReceiver({ http, authenticator: { credentials: () => ({}) } }), /"door" does not check who sends/);
    assert.ok(createReceiver({ http, authenticator: DOORKEEPER }));
  });

  it('obeys timeouts of 0, and a header timeout above that of the request', async () => {
    for (const http of [
      ['read_header_timeout: 0s', 'read_timeout: 0s', 'idle_timeout: 0s'],
      ['read_header_timeout: 90s', 'read_timeout: 60s'],
    ]) {
      const { url } = await openReceiver({ http });
      assert.equal((await send(url, SPAN, { headers: JSON_TYPE })).status, 200);
    }
  });
});

describe('stop of the OTLP receiver', () => {
  it('is harmless before the start, and twice', async () => {
    await createReceiver().receiver.shutdown?.(never);
    const { receiver, url } = await openReceiver();
    await Promise.all([receiver.shutdown?.(never), receiver.shutdown?.(never)]);
    await receiver.shutdown?.(never);
    await assert.rejects(send(url, SPAN), /ECONNREFUSED/);
  });

  it('does not wait for connections without a request', async () => {
    const { receiver, port } = await openReceiver();
    const [used, fresh, half] = [await RawClient.open(port), await RawClient.open(port), await RawClient.open(port)];
    used.write(POST);
    half.write('POST / HTTP/1.1\r\nHost:');
    await used.untilStatuses(1);
    await receiver.shutdown?.(never);
    await Promise.all([used, fresh, half].map((client) => client.untilClosed()));
  });

  it('finishes what was begun, answers 503 to what is new, and takes nothing after', async () => {
    const { open, passed } = gate();
    const { receiver, port, consumed, url } = await openReceiver({ consume: () => passed.then(() => TAKEN) });
    const [held, kept] = [await RawClient.open(port), await RawClient.open(port)];
    kept.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${SPAN.length}\r\n\r\n`);
    held.write(POST);
    await until('a request is with the journal', () => consumed.length === 1);
    const stopped = receiver.shutdown?.(never);
    await assert.rejects(send(url, SPAN, { headers: JSON_TYPE }), /ECONNREFUSED/);
    kept.write(SPAN + POST);
    await until('the other one is too', () => consumed.length === 2);
    open();
    await stopped;
    assert.match(await held.untilClosed(), /^HTTP\/1\.1 200 [\s\S]*\r\nConnection: close\r\n/);
    assert.match(await kept.untilClosed(), /^HTTP\/1\.1 200 /);
    assert.equal(consumed.length, 2);
  });

  it('answers 503 to a request that ends after the stop began', async () => {
    const { open, passed } = gate();
    const { receiver, port, consumed } = await openReceiver({ consume: () => passed.then(() => TAKEN) });
    const client = await RawClient.open(port);
    client.write(POST);
    await until('a request is with the journal', () => consumed.length === 1);
    const late = await RawClient.open(port);
    late.write('POST / HTTP/1.1\r\nHost: x\r\n');
    await new Promise((resolve) => setTimeout(resolve, 30)); // until it has come
    const stopped = receiver.shutdown?.(never);
    late.write(`Content-Type: application/json\r\nContent-Length: ${SPAN.length}\r\n\r\n${SPAN}`);
    assert.deepEqual(await late.untilStatuses(1), [503]);
    assert.match(late.received, /retry-after: 1\r\n[\s\S]*Connection: close\r\n/i);
    open();
    await stopped;
    assert.match(await client.untilClosed(), /^HTTP\/1\.1 200 /);
    assert.equal(consumed.length, 1);
  });

  it('cuts what is not done at the deadline', async () => {
    const { receiver, port, consumed } = await openReceiver({ consume: () => new Promise(() => undefined) });
    const client = await RawClient.open(port);
    client.write(POST);
    await until('a request is with the journal', () => consumed.length === 1);
    const deadline = new AbortController();
    const stopped = receiver.shutdown?.(deadline.signal);
    deadline.abort();
    await stopped;
    assert.equal(await client.untilClosed(), '');
  });
});

describe('TLS of the OTLP receiver', () => {
  const folder = new URL('../../fixtures/tls/', import.meta.url);
  const [cert_file, key_file] = ['cert.pem', 'key.pem'].map((name) => new URL(name, folder).pathname);
  const ca = readFileSync(new URL('cert.pem', folder), 'utf8');

  async function sendTls(url: string, connect: object) {
    const dispatcher = new Agent({ connect: { ca, servername: 'localhost', ...connect } });
    const options = { dispatcher, method: 'POST', headers: JSON_TYPE, body: SPAN } as const;
    return (await request(url, options)).statusCode;
  }

  it('takes requests over TLS 1.2 and newer', async () => {
    const { url, consumed } = await openReceiver({ http: [`tls: { cert_file: ${cert_file}, key_file: ${key_file} }`] });
    assert.match(url, /^https:/);
    assert.equal(await sendTls(url, {}), 200);
    await assert.rejects(sendTls(url, { maxVersion: 'TLSv1.1', minVersion: 'TLSv1' }));
    await assert.rejects(send(url.replace('https', 'http'), SPAN));
    assert.equal(consumed.length, 1);
  });

  it('asks for the certificate of the sender where authorities are named', async () => {
    const tls = `tls: { cert_file: ${cert_file}, key_file: ${key_file}, client_ca_file: ${cert_file} }`;
    const { url, consumed } = await openReceiver({ http: [tls] });
    await assert.rejects(sendTls(url, {}));
    assert.equal(await sendTls(url, { cert: ca, key: readFileSync(new URL('key.pem', folder), 'utf8') }), 200);
    assert.equal(consumed.length, 1);
  });

  it('stops with a connection that never finished its handshake', async () => {
    const { receiver, port } = await openReceiver({ http: [`tls: { cert_file: ${cert_file}, key_file: ${key_file} }`] });
    const client = await RawClient.open(port);
    await receiver.shutdown?.(never);
    await client.untilClosed();
  });

  it('names a file that cannot be read', async () => {
    const { receiver } = createReceiver({ http: ['tls: { cert_file: /nowhere/cert.pem, key_file: /nowhere/key.pem }'] });
    await assert.rejects(receiver.start?.() ?? Promise.resolve(), /cannot read tls.cert_file "\/nowhere\/cert.pem"/);
  });
});
