/** More than anybody should send: whoever behaves is served throughout, and memory stays within its bound. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { send } from '../helpers/http.ts';
import { RawClient } from '../helpers/raw-client.ts';
import { until } from '../helpers/until.ts';
import { type Served, SteadySender } from './steady-sender.ts';
import { JSON_TYPE, requestOf, Target } from './target.ts';

/** `npm run overload` has the time for all of it. */
const LONG = process.env['SPANMETER_OVERLOAD'] === 'long';
const SECONDS = LONG ? 15 : 1;
const PER_SECOND = LONG ? 500 : 100;
const MIB = 1_048_576;
const HEAD = 'POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
/** How much slower than wanted it may be, or than it is without an attack. Beside other tests times say nothing: they are only told. */
const PATIENCE = LONG ? 10 : Number.POSITIVE_INFINITY;

async function openMany(port: number, count: number): Promise<readonly RawClient[]> {
  const clients: RawClient[] = [];
  while (clients.length < count) {
    const more = Math.min(200, count - clients.length);
    clients.push(...(await Promise.all(Array.from({ length: more }, () => RawClient.open(port)))));
  }
  return clients;
}

function closeAll(clients: readonly RawClient[]): void {
  for (const { socket } of clients) socket.destroy();
}

async function p99WithoutAttack(target: Target): Promise<number> {
  const sender = new SteadySender(target.url, PER_SECOND);
  await setTimeout(500);
  return (await sender.stop()).p99Ms;
}

function assertServed(test: TestContext, { requests, statuses, p99Ms, worstMs }: Served, wantedMs: number, calmMs: number): void {
  const times = `p99 ${p99Ms.toFixed(0)} ms (wanted ${wantedMs}, without attack ${calmMs.toFixed(0)})`;
  test.diagnostic(`${requests} requests, ${times}, worst ${worstMs.toFixed(0)} ms`);
  assert.deepEqual([...statuses], [200]);
  assert.ok(requests > (SECONDS * PER_SECOND) / 4, `${requests} requests`);
  assert.ok(p99Ms < Math.max(wantedMs, calmMs) * PATIENCE, times);
}

function assertMemory(test: TestContext, target: Target, limitMib: number): void {
  const { nowMib, peakMib } = target.memory();
  test.diagnostic(`resident ${nowMib.toFixed(0)} MiB now, ${peakMib.toFixed(0)} MiB at most`);
  assert.ok(peakMib < limitMib, `${peakMib} MiB at most`);
}

describe('a good client', () => {
  it(`is served beside ${LONG ? '10,000' : '500'} connections that are merely kept open`, async (test) => {
    const target = await Target.start();
    const calmMs = await p99WithoutAttack(target);
    const idle = await openMany(target.port, LONG ? 9_990 : 500);
    for (const client of idle) client.write(`${HEAD}Content-Length: 2\r\n\r\n{}`);
    await until('all are answered', () => idle.every(({ statuses }) => statuses.length === 1), 60_000);
    const sender = new SteadySender(target.url, PER_SECOND);
    await setTimeout(SECONDS * 1000);
    assertServed(test, await sender.stop(), 200, calmMs);
    assert.ok(
      idle.every(({ closed }) => !closed),
      'none of them is cut',
    );
    assertMemory(test, target, 400);
    if (LONG) {
      const more = await openMany(target.port, 20);
      await until('the last ones are closed', () => more.filter(({ closed }) => closed).length >= 10);
      assert.ok(
        more.every(({ received }) => received === ''),
        'and nothing is said to them',
      );
      closeAll(more);
    }
    closeAll(idle);
    await target.assertWell();
    await target.stop();
  });

  it(`is served beside ${LONG ? '1,000' : '100'} that send headers, bodies or reads byte by byte`, async (test) => {
    const target = await Target.start({ http: LONG ? [] : ['read_header_timeout: 1s', 'read_timeout: 2s'] });
    const calmMs = await p99WithoutAttack(target);
    const each = LONG ? 333 : 33;
    const [headers, bodies, reads] = [
      await openMany(target.port, each),
      await openMany(target.port, each),
      await openMany(target.port, each),
    ];
    for (const { socket } of reads) {
      socket.pause();
      socket.write(`${HEAD}Content-Length: 2\r\n\r\n{}`.repeat(10));
    }
    for (const client of headers) client.write(HEAD);
    for (const client of bodies) client.write(`${HEAD}Content-Length: 1000\r\n\r\n{`);
    const dribble = setInterval(() => {
      for (const client of headers) client.write('X: 1\r\n');
      for (const client of bodies) client.write(' ');
    }, 100);
    const sender = new SteadySender(target.url, PER_SECOND);
    await setTimeout(SECONDS * 1000);
    const slow = [...headers, ...bodies];
    await until('they are cut', () => slow.every(({ closed }) => closed), LONG ? 90_000 : 10_000);
    clearInterval(dribble);
    assertServed(test, await sender.stop(), 200, calmMs);
    // Too slow, or by then with more headers than are taken.
    const answers = new Set(slow.map(({ received }) => received.slice(0, 12)));
    assert.deepEqual(answers.difference(new Set(['HTTP/1.1 408', 'HTTP/1.1 431', ''])), new Set());
    assertMemory(test, target, 500);
    closeAll(reads);
    await target.assertWell();
    await target.stop();
  });

  it(`is served beside ${LONG ? 'a hundred' : 'thirty'} bombs at once`, async (test) => {
    const target = await Target.start();
    const calmMs = await p99WithoutAttack(target);
    const bombs = [
      gzipSync(Buffer.alloc(64 * MIB, ' ')), // too large when it is inflated
      gzipSync(`{"resourceSpans":[{"scopeSpans":[{"spans":[${'{},'.repeat(3_000_000)}{}]}]}]}`), // too many objects
      gzipSync(`{"x":${'['.repeat(1_000_000)}`),
    ];
    const headers = { ...JSON_TYPE, 'content-encoding': 'gzip' };
    const sender = new SteadySender(target.url, PER_SECOND);
    await setTimeout(200);
    const thrown = Array.from({ length: LONG ? 100 : 30 }, (_, nth) => send(target.url, bombs[nth % bombs.length], { headers }));
    const statuses = (await Promise.all(thrown)).map(({ status }) => status);
    await setTimeout(SECONDS * 500);
    assertServed(test, await sender.stop(), 500, calmMs);
    assert.deepEqual(new Set(statuses), new Set([413]));
    assertMemory(test, target, 700);
    await target.assertWell();
    await target.stop();
  });

  it('waits for a body of 20 MiB no longer than that takes to be read', async (test) => {
    const target = await Target.start();
    const calmMs = await p99WithoutAttack(target);
    const span = (nth: number) => ({
      traceId: nth.toString(16).padStart(32, 'c'),
      spanId: nth.toString(16).padStart(16, 'd'),
      name: 'x'.repeat(900),
    });
    const whole = requestOf(...Array.from({ length: 20_500 }, (_, nth) => span(nth)));
    assert.ok(whole.length > 19 * MIB && whole.length < 20 * MIB, `${whole.length} bytes`);
    const sender = new SteadySender(target.url, PER_SECOND);
    await setTimeout(SECONDS * 500);
    assert.equal((await send(target.url, whole, { headers: JSON_TYPE })).status, 200);
    await setTimeout(SECONDS * 500);
    const served = await sender.stop();
    assertServed(test, served, 300, calmMs);
    assert.ok(served.worstMs < Math.max(300, calmMs) * PATIENCE);
    assertMemory(test, target, 700);
    await target.assertWell();
    await target.stop();
  });
});

describe('the budget of bytes in flight', () => {
  it('refuses with 503 before a body is read, and takes requests again when there is room', async (test) => {
    const target = await Target.start({ processors: { memory_limiter: '{ check_interval: 1s, limit_mib: 100 }' } });
    const chunk = `100000\r\n${' '.repeat(MIB)}\r\n`;
    const part = `${HEAD}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(8)}`;
    const holders = await openMany(target.port, 4);
    for (const client of holders) client.write(part);
    const refused = async () => (await send(target.url, '{}', { headers: JSON_TYPE })).status === 503;
    await until('requests are refused', refused);
    const answer = await send(target.url, requestOf({ name: 'later' }), { headers: JSON_TYPE });
    assert.deepEqual([answer.status, answer.headers['retry-after']], [503, '1']);
    closeAll(holders);
    await until('there is room again', async () => !(await refused()));
    assertMemory(test, target, 400);
    await target.assertWell();
    await target.stop();
  });
});
