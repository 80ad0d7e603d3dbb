import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import type { Receipt } from '../../../src/component/contract.ts';
import { IntakeError } from '../../../src/component/errors.ts';
import { createIntakeBudget } from '../../../src/graph/intake-budget.ts';
import { send } from '../../helpers/http.ts';
import { RawClient, rawExchange } from '../../helpers/raw-client.ts';
import { SAMPLES, sample } from '../../helpers/samples.ts';
import { until } from '../../helpers/until.ts';
import { openReceiver, TAKEN } from './open-receiver.ts';

const encoded = (encoding: string) => ({ headers: { 'content-type': 'application/json', 'content-encoding': encoding } });
const PLAIN = { headers: { 'content-type': 'application/json' } };
const HEAD = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
const span = (name: string) => `{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"${name}"}]}]}]}`;
/** A request of exactly this many bytes. */
const requestOf = (bytes: number) => span('n'.repeat(bytes - span('').length));

describe('compressed bodies', async () => {
  const { url, consumed, charged } = await openReceiver();
  const body = sample('S09a');
  const [head, tail] = [body.subarray(0, 4000), body.subarray(4000)];

  for (const [encoding, bytes, what] of [
    ['gzip', gzipSync(body), 'gzip'],
    ['GZIP', gzipSync(body), 'gzip in capitals'],
    ['gzip', Buffer.concat([gzipSync(head), gzipSync(tail)]), 'several gzip members'],
    ['deflate', deflateSync(body), 'deflate'],
    ['zlib', deflateSync(body), 'zlib'],
    ['zstd', zstdCompressSync(body), 'zstd'],
    ['identity', body, 'identity'],
    ['', body, 'an empty header'],
  ] as const) {
    it(`are read: ${what}`, async () => {
      const before = consumed.length;
      assert.equal((await send(url, bytes, encoded(encoding))).status, 200);
      assert.equal(consumed.length, before + 1);
      assert.deepEqual(Buffer.from(consumed.at(-1)?.encoded?.bytes ?? []), body, 'what is kept is decompressed');
      assert.equal(consumed.at(-1)?.encoded?.bytes.buffer.byteLength, body.length, 'and no memory beside it');
      assert.equal(charged(), 0);
    });
  }

  it('are read: every sample', async () => {
    for (const { body: each } of SAMPLES) assert.equal((await send(url, gzipSync(each), encoded('gzip'))).status, 200);
  });

  it('may hold nothing', async () => {
    for (const nothing of ['', ' \n', '{}']) assert.equal((await send(url, gzipSync(nothing), encoded('gzip'))).status, 200);
  });

  const flipped = gzipSync(body);
  flipped.subarray(-8, -4).fill(0);
  for (const [encoding, bytes, status, what] of [
    ['gzip', gzipSync(body).subarray(0, -20), 400, 'cut'],
    ['gzip', flipped, 400, 'a wrong checksum'],
    ['gzip', body, 400, 'not compressed at all'],
    ['gzip', Buffer.concat([gzipSync(body), Buffer.from('junk')]), 400, 'junk behind the end'],
    ['gzip', gzipSync(gzipSync(body)), 400, 'compressed twice'],
    ['deflate', deflateRawSync(body), 400, 'raw deflate'],
    ['zstd', Buffer.from('no zstd'), 400, 'no zstd'],
    ['gzip, gzip', gzipSync(gzipSync(body)), 415, 'two encodings'],
    ['gzip, identity', gzipSync(body), 415, 'an encoding and none'],
    ['br', body, 415, 'brotli'],
    ['snappy', body, 415, 'snappy'],
    ['constructor', body, 415, 'a name that every object has'],
  ] as const) {
    it(`are refused: ${what}`, async () => {
      const before = consumed.length;
      const answer = await send(url, bytes, encoded(encoding));
      assert.equal(answer.status, status);
      assert.equal(answer.headers['accept-encoding'], status === 415 ? 'gzip, zstd, deflate, identity' : undefined);
      assert.equal(consumed.length, before);
    });
  }

  it('of two Content-Encoding headers are refused', async () => {
    const answer = await rawExchange(
      Number(new URL(url).port),
      `${HEAD}Connection: close\r\nContent-Encoding: gzip\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}`,
    );
    assert.match(answer, /^HTTP\/1\.1 415 /);
  });

  it('are taken only in the encodings that the config names', async () => {
    const { url: strict } = await openReceiver({ http: ['compression_algorithms: ["zstd", "snappy"]'] });
    assert.equal((await send(strict, zstdCompressSync(body), encoded('zstd'))).status, 200);
    assert.equal((await send(strict, gzipSync(body), encoded('gzip'))).status, 415);
    assert.equal((await send(strict, body, PLAIN)).status, 415);
    assert.equal((await send(strict, body, encoded('snappy'))).status, 415);
  });

  it('are all read when many come at once, good and bad', async () => {
    const before = consumed.length;
    const requests = Array.from({ length: 40 }, (_, nth) =>
      send(url, nth % 2 === 0 ? gzipSync(span(`at-once-${nth}`)) : Buffer.from('bad'), encoded('gzip')),
    );
    const statuses = (await Promise.all(requests)).map(({ status }) => status);
    assert.deepEqual(
      statuses,
      requests.map((_, nth) => (nth % 2 === 0 ? 200 : 400)),
    );
    assert.equal(consumed.length, before + 20);
    assert.equal(charged(), 0);
  });
});

describe('bodies over max_request_body_size', async () => {
  const LIMIT = 10_000;
  const { url, port, consumed, charged } = await openReceiver({ http: [`max_request_body_size: ${LIMIT}`] });

  it('begin one byte above it', async () => {
    assert.equal((await send(url, requestOf(LIMIT), PLAIN)).status, 200);
    assert.equal((await send(url, gzipSync(requestOf(LIMIT)), encoded('gzip'))).status, 200);
    for (const [over, options] of [
      [requestOf(LIMIT + 1), PLAIN],
      [gzipSync(requestOf(LIMIT + 1)), encoded('gzip')],
      [zstdCompressSync(requestOf(LIMIT + 1)), encoded('zstd')],
      [deflateSync(requestOf(LIMIT + 1)), encoded('deflate')],
    ] as const) {
      const answer = await send(url, over, options);
      assert.equal(answer.status, 413);
      assert.equal(JSON.parse(answer.body).code, 8);
    }
    assert.equal(consumed.length, 2);
  });

  it('are refused by their word alone, and the connection is closed', async () => {
    const client = await RawClient.open(port);
    client.write(`${HEAD}Content-Length: 10001\r\n\r\n`);
    await client.untilStatuses(1);
    client.socket.end();
    assert.match(await client.untilClosed(), /^HTTP\/1\.1 413 [\s\S]*\r\nConnection: close\r\n/);
  });

  it('are refused as soon as too much has come in chunks, and the connection is closed', async () => {
    const client = await RawClient.open(port);
    client.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`);
    const chunk = `1000\r\n${'x'.repeat(0x1000)}\r\n`;
    for (let nth = 0; nth < 3; nth += 1) client.write(chunk);
    await client.untilStatuses(1);
    client.socket.end();
    assert.match(await client.untilClosed(), /^HTTP\/1\.1 413 [\s\S]*\r\nConnection: close\r\n/);
  });

  it('are answered in a way that reaches a sender that only listens when it is done', async () => {
    const client = await RawClient.open(port);
    client.write(`${HEAD}Content-Length: 5000000\r\n\r\n`);
    client.write('x'.repeat(5_000_000));
    assert.deepEqual(await client.untilStatuses(1), [413]);
    await client.untilClosed();
  });

  it('cost no more memory than the limit when a bomb is inflated', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    const before = process.memoryUsage().rss;
    const large = await openReceiver({ http: ['max_request_body_size: 1MiB'] });
    const answers = await Promise.all(Array.from({ length: 50 }, () => send(large.url, bomb, encoded('gzip'))));
    assert.ok(answers.every(({ status }) => status === 413));
    assert.ok(process.memoryUsage().rss - before < 200_000_000);
    assert.equal((await send(large.url, '{}', PLAIN)).status, 200);
  });

  it('hold nothing of the budget afterwards', () => assert.equal(charged(), 0));
});

describe('spans that wait for the journal', () => {
  it('keep others from being decoded, and nobody from being answered', async () => {
    const finish: (() => void)[] = [];
    const receiver = await openReceiver({ consume: () => new Promise((resolve) => finish.push(() => resolve(TAKEN))) });
    const spans = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: Array.from({ length: 2_000 }, () => ({})) }] }] });
    const first = send(receiver.url, spans, PLAIN);
    await until('the first is with the journal', () => finish.length === 1);
    const later = [spans, '{', spans].map((body) => send(receiver.url, body, PLAIN));
    await until('the others are read', () => receiver.charged() === 3 * spans.length + 1);
    assert.equal(receiver.consumed.length, 1);
    finish[0]?.();
    await until('the second is with the journal', () => finish.length === 2);
    finish[1]?.();
    await until('the last is with the journal', () => finish.length === 3);
    finish[2]?.();
    const statuses = (await Promise.all([first, ...later])).map(({ status }) => status);
    assert.deepEqual(statuses, [200, 200, 400, 200]);
  });
});

describe('spans that the journal refuses', () => {
  it('make room again', async () => {
    const full = new IntakeError('unavailable', 'the disk is full');
    let answer: () => Promise<Receipt> = () => Promise.reject(full);
    const receiver = await openReceiver({ consume: () => answer() });
    const spans = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: Array.from({ length: 2_000 }, () => ({})) }] }] });
    for (const _ of [1, 2]) assert.equal((await send(receiver.url, spans, PLAIN)).status, 503);
    answer = () => Promise.resolve(TAKEN);
    assert.equal((await send(receiver.url, spans, PLAIN)).status, 200);
  });
});

describe('the budget of bytes in flight', () => {
  it('refuses 503 before the body is read, while others hold it', async () => {
    let finish: () => void = assert.fail;
    const held = new Promise<void>((resolve) => (finish = resolve));
    const receiver = await openReceiver({ budget: createIntakeBudget(1000), consume: () => held.then(() => TAKEN) });
    const first = send(receiver.url, requestOf(900), PLAIN);
    await until('the first is with the journal', () => receiver.consumed.length === 1);
    assert.equal(receiver.charged(), 900);

    const client = await RawClient.open(receiver.port);
    client.write(`${HEAD}Content-Length: 200\r\n\r\n`);
    assert.deepEqual(await client.untilStatuses(1), [503]);
    assert.match(client.received, /retry-after: 1\r\n/i);
    const small = send(receiver.url, requestOf(90), PLAIN);
    await until('there is room for a small one', () => receiver.consumed.length === 2);
    finish();
    assert.deepEqual([(await first).status, (await small).status], [200, 200]);
    assert.equal(receiver.charged(), 0);
    assert.equal((await send(receiver.url, requestOf(900), PLAIN)).status, 200);
  });

  it('takes a request that is larger than all of it when nothing else is in flight', async () => {
    const { url, port, charged } = await openReceiver({ budget: createIntakeBudget(1000) });
    assert.equal((await send(url, requestOf(5000), PLAIN)).status, 200);
    assert.equal((await send(url, gzipSync(requestOf(5000)), encoded('gzip'))).status, 200);
    const body = requestOf(0x1000);
    const chunked = `${HEAD}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const chunks = [body.slice(0, 2000), body.slice(2000)].map((part) => `${part.length.toString(16)}\r\n${part}\r\n`);
    assert.match(await rawExchange(port, `${chunked}${chunks.join('')}0\r\n\r\n`), /^HTTP\/1\.1 200 /);
    assert.equal(charged(), 0);
  });

  it('counts what comes, and not what is merely announced', async () => {
    const { port, url, charged } = await openReceiver({ budget: createIntakeBudget(1000) });
    const slow = await RawClient.open(port);
    slow.write(`${HEAD}Content-Length: 900\r\n\r\n${'x'.repeat(100)}`);
    await until('the first bytes are read', () => charged() === 100);
    assert.equal((await send(url, requestOf(800), PLAIN)).status, 200);
    slow.socket.destroy();
    await until('they are given back', () => charged() === 0);
  });

  it('counts what was decompressed', async () => {
    let seen = 0;
    const receiver = await openReceiver({
      consume: () => {
        seen = receiver.charged();
        return Promise.resolve(TAKEN);
      },
    });
    const bytes = gzipSync(requestOf(5000));
    assert.equal((await send(receiver.url, bytes, encoded('gzip'))).status, 200);
    assert.equal(seen, 5000 + bytes.length);
  });
});
