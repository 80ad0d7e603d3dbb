/** Compression and HTTP itself as they should not be, against the whole daemon. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { send } from '../helpers/http.ts';
import { RawClient, rawExchange } from '../helpers/raw-client.ts';
import { until } from '../helpers/until.ts';
import { CANARY, JSON_TYPE, requestOf, Target } from './target.ts';

const MIB = 1_048_576;
let target: Target;
before(async () => {
  target = await Target.start();
});

const body = Buffer.from(requestOf({ name: CANARY }));
const gzip = gzipSync(body);
const bomb = gzipSync(Buffer.alloc(64 * MIB, ' '));

function damaged(): Buffer {
  const bytes = Buffer.from(gzip);
  bytes.subarray(-8, -4).fill(0);
  return bytes;
}

describe('a compressed body', () => {
  const rows: readonly (readonly [what: string, status: number, coding: string, bytes: () => Uint8Array])[] = [
    ['in gzip', 200, 'gzip', () => gzip],
    ['in gzip, in capitals', 200, 'GZIP', () => gzip],
    ['of two gzip members', 200, 'gzip', () => Buffer.concat([gzipSync(body.subarray(0, 9)), gzipSync(body.subarray(9))])],
    ['in deflate', 200, 'deflate', () => deflateSync(body)],
    ['in zstd', 200, 'zstd', () => zstdCompressSync(body)],
    ['in nothing, and it says so', 200, 'identity', () => body],
    ['of nothing', 200, 'gzip', () => Buffer.alloc(0)],
    ['that is cut', 400, 'gzip', () => gzip.subarray(0, -9)],
    ['with a wrong checksum', 400, 'gzip', damaged],
    ['that is none', 400, 'gzip', () => body],
    ['with something behind its end', 400, 'gzip', () => Buffer.concat([gzip, Buffer.from(CANARY)])],
    ['that is compressed twice', 400, 'gzip', () => gzipSync(gzip)],
    ['in raw deflate', 400, 'deflate', () => deflateRawSync(body)],
    ['in two codings', 415, 'gzip, gzip', () => gzipSync(gzip)],
    ['in brotli', 415, 'br', () => body],
    ['in a coding that every object has', 415, 'constructor', () => body],
    ['that is a bomb in gzip', 413, 'gzip', () => bomb],
    ['that is a bomb in zstd', 413, 'zstd', () => zstdCompressSync(Buffer.alloc(64 * MIB, ' '))],
    [
      'that is small and becomes millions of objects',
      413,
      'gzip',
      () => gzipSync(`{"resourceSpans":[{"scopeSpans":[{"spans":[${'{},'.repeat(6_900_000)}{}]}]}]}`),
    ],
  ];
  for (const [what, status, coding, bytes] of rows) {
    it(`${what} is answered ${status}`, async () => {
      const answer = await send(target.url, bytes(), { headers: { ...JSON_TYPE, 'content-encoding': coding } });
      assert.equal(answer.status, status);
      await target.assertWell();
    });
  }

  it('that is cut at any byte is answered 400', async () => {
    const headers = { ...JSON_TYPE, 'content-encoding': 'gzip' };
    for (let length = 1; length < gzip.length; length += 1) {
      assert.equal((await send(target.url, gzip.subarray(0, length), { headers })).status, 400);
    }
    await target.assertWell();
  });

  it('that is a bomb in chunks is answered 413', async () => {
    const head = `POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n`;
    const request = [
      Buffer.from(`${head}Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n${bomb.length.toString(16)}\r\n`),
      bomb,
      Buffer.from('\r\n0\r\n\r\n'),
    ];
    assert.match(await rawExchange(target.port, Buffer.concat(request)), /^HTTP\/1\.1 413 /);
    await target.assertWell();
  });
});

describe('a request', () => {
  const HEAD = 'POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
  const rows: readonly (readonly [what: string, status: number, request: string | Uint8Array])[] = [
    ['with length and chunks', 400, `${HEAD}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['with two lengths', 400, `${HEAD}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`],
    ['with an endless chunk', 400, `${HEAD}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n`],
    ['with bare line feeds', 400, 'POST / HTTP/1.1\nHost: x\n\n'],
    ['of HTTP/2', 400, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['of TLS', 400, Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00])],
    ['of random bytes', 400, Buffer.from(Array.from({ length: 1000 }, (_, nth) => (nth * 7919) % 251))],
    ['with 20 KB of headers', 431, `${HEAD}X-A: ${CANARY.padEnd(20_000, 'a')}\r\n\r\n`],
    ['with 100 MB by its word', 413, `${HEAD}Content-Length: 104857600\r\n\r\n`],
    [
      'with a path of 10 KB',
      404,
      `POST /${CANARY.padEnd(10_000, 'a')} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
    ],
    ['TRACE', 405, `TRACE / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-A: ${CANARY}\r\n\r\n`],
    ['OPTIONS', 405, 'OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'.replace('*', '/')],
  ];
  for (const [what, status, request] of rows) {
    it(`${what} is answered ${status}`, async () => {
      assert.match(await rawExchange(target.port, request), new RegExp(`^HTTP/1\\.1 ${status} `));
      await target.assertWell();
    });
  }

  it('of 100 MB in chunks is answered 413 before it is all there', async () => {
    const client = await RawClient.open(target.port);
    client.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`);
    const chunk = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(MIB, ' '), Buffer.from('\r\n')]);
    for (let sent = 0; sent < 100 && client.statuses.length === 0 && !client.closed; sent += 1) {
      if (!client.socket.write(chunk))
        await until('it is read, or over', () => client.closed || !client.socket.writableNeedDrain);
    }
    assert.match(await client.untilClosed(), /^HTTP\/1\.1 413 /);
    await target.assertWell();
  });

  it('of a thousand that come at once is answered as if it had come alone', async () => {
    const client = await RawClient.open(target.port);
    const one = `${HEAD}Content-Length: ${CANARY.length}\r\n\r\n${CANARY}`;
    client.write(one.repeat(1000));
    assert.deepEqual(new Set(await client.untilStatuses(1000)), new Set([400]));
    await target.assertWell();
  });
});

describe('after all of that the daemon', () => {
  it('has given the memory back, and ends cleanly', async () => {
    const { nowMib, peakMib } = target.memory();
    assert.ok(nowMib < 500, `${nowMib} MiB, ${peakMib} at most`);
    await target.stop();
  });
});
