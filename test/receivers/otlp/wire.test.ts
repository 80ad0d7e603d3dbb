import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RawClient, rawExchange } from '../../helpers/raw-client.ts';
import { sample } from '../../helpers/samples.ts';
import { until } from '../../helpers/until.ts';
import { countsOf, DOORKEEPER, openReceiver, TAKEN } from './open-receiver.ts';

const SPAN = '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"s"}]}]}]}';
const HOST = 'Host: x\r\nContent-Type: application/json\r\n';
const post = (headers: string, body = '', line = 'POST /v1/traces HTTP/1.1') => `${line}\r\n${HOST}${headers}\r\n${body}`;
const whole = (body: string, headers = '') => post(`${headers}Content-Length: ${body.length}\r\n`, body);

describe('requests that HTTP forbids', async () => {
  const { port, consumed } = await openReceiver();
  const chunked = 'Transfer-Encoding: chunked\r\n';

  for (const [what, request, status] of [
    ['length and chunks', post(`Content-Length: 2\r\n${chunked}`, '2\r\n{}\r\n0\r\n\r\n'), 400],
    ['two lengths', post('Content-Length: 2\r\nContent-Length: 3\r\n', '{}'), 400],
    ['an unknown transfer encoding', post('Transfer-Encoding: xchunked\r\n', '0\r\n\r\n'), 400],
    ['chunked not at the end', post('Transfer-Encoding: chunked, identity\r\n', '0\r\n\r\n'), 400],
    ['a bare line feed', `POST / HTTP/1.1\nHost: x\n\n`, 400],
    ['a space before the colon', post('Content-Length : 2\r\n', '{}'), 400],
    ['a signed length', post('Content-Length: +2\r\n', '{}'), 400],
    ['a negative length', post('Content-Length: -1\r\n', '{}'), 400],
    ['a folded header', post('X-A: 1\r\n 2\r\nContent-Length: 2\r\n', '{}'), 400],
    ['no Host', 'POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}', 400],
    ['an endless chunk size', post(chunked, 'fffffffffffffffff\r\n{}\r\n0\r\n\r\n'), 400],
    ['chunks with bare line feeds', post(chunked, '2\n{}\n0\n\n'), 400],
    ['an HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['a TLS hello', Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00]), 400],
    ['20 KB of headers', post(`X-A: ${'a'.repeat(20_000)}\r\nContent-Length: 2\r\n`, '{}'), 431],
  ] as const) {
    it(`are answered ${status}: ${what}`, async () => {
      assert.match(await rawExchange(port, request), new RegExp(`^HTTP/1\\.1 ${status} `));
      assert.equal(consumed.length, 0);
    });
  }

  it('leave the receiver as it was', async () => {
    assert.match(await rawExchange(port, whole(SPAN, 'Connection: close\r\n')), /^HTTP\/1\.1 200 /);
    assert.equal(consumed.length, 1);
  });
});

describe('requests that HTTP allows', async () => {
  const { port, consumed } = await openReceiver();

  it('may come in chunks with extensions and trailers', async () => {
    const body = `${SPAN.length.toString(16)};x=y\r\n${SPAN}\r\n0\r\nX-Trailer: 1\r\n\r\n`;
    assert.match(await rawExchange(port, post('Connection: close\r\nTransfer-Encoding: chunked\r\n', body)), /^HTTP\/1\.1 200 /);
    assert.equal(consumed.length, 1);
  });

  it('may name the whole URL', async () => {
    for (const [target, status] of [
      ['http://meter.example.com/v1/traces?x=/', 200],
      ['http://meter.example.com', 404],
      ['/v1/%2e%2e/v1/traces', 404],
      ['/x'.repeat(5000), 404],
    ] as const) {
      const request = post('Connection: close\r\nContent-Length: 2\r\n', '{}', `POST ${target} HTTP/1.1`);
      assert.match(await rawExchange(port, request), new RegExp(`^HTTP/1\\.1 ${status} `), target);
    }
  });

  it('may be HTTP/1.0, whose connection ends with the answer', async () => {
    const request = post('Content-Length: 2\r\n', '{}', 'POST / HTTP/1.0');
    assert.match(await rawExchange(port, request), /^HTTP\/1\.1 200 [\s\S]*Connection: close\r\n/);
  });

  it('may ask for an upgrade, which is ignored', async () => {
    const headers = 'Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n';
    assert.match(await rawExchange(port, whole('{}', headers)), /^HTTP\/1\.1 200 /);
  });

  it('cannot be CONNECT', async () => {
    assert.equal(await rawExchange(port, `CONNECT x:1 HTTP/1.1\r\n${HOST}\r\n`), '');
  });

  it('share a connection, and keep it after a refusal', async () => {
    const client = await RawClient.open(port);
    for (const [nth, [request, status]] of [
      [whole(SPAN), 200],
      [whole('not JSON'), 400],
      [post('', '', 'GET / HTTP/1.1'), 405],
      [post('', '', 'PUT /nowhere HTTP/1.1'), 404],
      [whole(SPAN), 200],
    ].entries() as Iterable<[number, [string, number]]>) {
      client.write(request);
      assert.equal((await client.untilStatuses(nth + 1)).at(-1), status);
    }
    assert.equal(client.closed, false);
  });

  it('whose body stays unread end their connection', async () => {
    const client = await RawClient.open(port);
    client.write(post('Content-Length: 2\r\n', '{', 'POST /nowhere HTTP/1.1'));
    assert.deepEqual(await client.untilStatuses(1), [404]);
    client.write('}');
    assert.match(await client.untilClosed(), /\r\nConnection: close\r\n/);
  });

  it('are answered in their order when a thousand come without waiting', async () => {
    const client = await RawClient.open(port);
    const before = consumed.length;
    client.write(Array.from({ length: 1000 }, (_, nth) => whole(nth % 3 === 0 ? 'x' : SPAN)).join(''));
    const statuses = await client.untilStatuses(1000);
    assert.deepEqual(
      statuses,
      Array.from({ length: 1000 }, (_, nth) => (nth % 3 === 0 ? 400 : 200)),
    );
    assert.equal(consumed.length - before, 666);
  });

  it('are answered in their order when the first takes longest', async () => {
    let finish: () => void = assert.fail;
    const held = new Promise<void>((resolve) => (finish = resolve));
    const slow = await openReceiver({ consume: () => held.then(() => TAKEN) });
    const client = await RawClient.open(slow.port);
    client.write(whole(SPAN) + whole('x'));
    await until('the first is with the journal', () => slow.consumed.length === 1);
    assert.deepEqual(client.statuses, []);
    finish();
    assert.deepEqual(await client.untilStatuses(2), [200, 400]);
  });
});

describe('Expect', async () => {
  const { port, consumed } = await openReceiver({
    http: ['auth: { authenticator: door }', 'max_request_body_size: 1000'],
    authenticator: DOORKEEPER,
  });
  const RIGHT = 'Authorization: Bearer right\r\n';

  it('100-continue is granted to who may send, and the body is then read', async () => {
    const client = await RawClient.open(port);
    client.write(post(`${RIGHT}Expect: 100-continue\r\nContent-Length: ${SPAN.length}\r\n`));
    assert.deepEqual(await client.untilStatuses(1), [100]);
    client.write(SPAN);
    assert.deepEqual(await client.untilStatuses(2), [100, 200]);
    assert.equal(consumed.length, 1);
  });

  for (const [what, headers, status] of [
    ['without credentials', '', 401],
    ['with a body too large', `${RIGHT}X: 1\r\n`, 413],
  ] as const) {
    it(`100-continue is not granted ${what}`, async () => {
      const client = await RawClient.open(port);
      client.write(post(`${headers}Expect: 100-continue\r\nContent-Length: ${status === 413 ? 1001 : 10}\r\n`));
      assert.deepEqual(await client.untilStatuses(1), [status]);
      client.socket.end();
      assert.match(await client.untilClosed(), /\r\nConnection: close\r\n/);
    });
  }

  it('anything else fails', async () => {
    const headers = `${RIGHT}Connection: close\r\nExpect: a-miracle\r\n`;
    assert.match(await rawExchange(port, whole('{}', headers)), /^HTTP\/1\.1 417 /);
  });

  it('credentials are judged before the body is there', async () => {
    const client = await RawClient.open(port);
    client.write(post('Content-Length: 900\r\n'));
    assert.deepEqual(await client.untilStatuses(1), [401]);
  });

  it('two credentials are none, whichever comes first', async () => {
    const WRONG = 'Authorization: Bearer wrong\r\n';
    for (const pair of [RIGHT + WRONG, WRONG + RIGHT, RIGHT + RIGHT]) {
      assert.match(await rawExchange(port, whole('{}', `Connection: close\r\n${pair}`)), /^HTTP\/1\.1 401 /);
    }
    assert.equal(consumed.length, 1);
  });
});

describe('slow senders', () => {
  it('are answered 408 when headers or body take too long', async () => {
    const { port, consumed, charged } = await openReceiver({ http: ['read_header_timeout: 50ms', 'read_timeout: 100ms'] });
    const [headers, body] = [await RawClient.open(port), await RawClient.open(port)];
    headers.write('POST / HTTP/1.1\r\nHost:');
    body.write(post('Content-Length: 10\r\n', '{'));
    for (const client of [headers, body]) assert.match(await client.untilClosed(), /^HTTP\/1\.1 408 /);
    assert.deepEqual([consumed.length, charged()], [0, 0]);
  });
});

describe('senders that leave', () => {
  it('before the end of the body: nothing is taken, nothing held, nothing logged', async () => {
    const { port, consumed, log, charged, counters } = await openReceiver();
    for (const body of [SPAN.slice(0, 20), '']) {
      const client = await RawClient.open(port);
      client.write(post(`Content-Length: ${SPAN.length}\r\n`, body));
      await until('the bytes have come', () => charged() === body.length);
      client.socket.destroy();
    }
    const failures = 'otelcol_receiver_requests_total{"receiver":"otlp","transport":"http","outcome":"failure"}';
    await until('both have ended', () => countsOf(counters)[failures] === 2);
    assert.equal(charged(), 0);
    assert.equal(consumed.length, 0);
    assert.deepEqual(
      log.map(({ message }) => message),
      ['listening'],
    );
  });

  it('after the end of the body: it is taken', async () => {
    let finish: () => void = assert.fail;
    const held = new Promise<void>((resolve) => (finish = resolve));
    const { port, consumed, log, counters } = await openReceiver({ consume: () => held.then(() => TAKEN) });
    const client = await RawClient.open(port);
    client.write(whole(sample('S01').toString('latin1')));
    await until('it is with the journal', () => consumed.length === 1);
    client.socket.destroy();
    await client.untilClosed();
    finish();
    const accepted = 'otelcol_receiver_accepted_spans_total{"receiver":"otlp","transport":"http"}';
    await until('it is counted', () => countsOf(counters)[accepted] === 2);
    assert.equal(log.length, 1);
  });
});
