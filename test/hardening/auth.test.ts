/** Who may not send, tries to. And who may is never refused while tokens and passwords are renewed. */
import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { hashSync } from 'bcryptjs';
import { send } from '../helpers/http.ts';
import { RawClient } from '../helpers/raw-client.ts';
import { until } from '../helpers/until.ts';
import { CANARY, JSON_TYPE, requestOf, Target } from './target.ts';

const TOKENS = ['first-token-0123456789', 'second-token-0123456789'] as const;
const [TOKEN] = TOKENS;
const BODY = requestOf({ name: CANARY });
const REFUSAL = { code: 16, message: 'credentials are missing or wrong' };

const folder = mkdtempSync(join(tmpdir(), 'spanmeter-hardening-'));
after(() => rmSync(folder, { recursive: true }));

describe('a receiver that wants a token', () => {
  let target: Target;
  before(async () => {
    target = await Target.start({
      http: ['auth: { authenticator: bearertokenauth }'],
      extensions: { bearertokenauth: `{ tokens: [${TOKENS.join(', ')}] }` },
    });
  });

  for (const [what, line] of [
    ['none', ''],
    ['another', 'Authorization: Bearer wrong-token-0123456789'],
    ['a part of one', `Authorization: Bearer ${TOKEN.slice(0, -1)}`],
    ['one and more', `Authorization: Bearer ${TOKEN}0`],
    ['an empty one', 'Authorization: Bearer '],
    ['an empty header', 'Authorization:'],
    ['letters outside ASCII', `Authorization: Bearer ${TOKEN}é`],
    ['one under another scheme', `Authorization: Basic ${TOKEN}`],
    ['one without a scheme', `Authorization: ${TOKEN}`],
    ['both at once', `Authorization: Bearer ${TOKENS[0]}\r\nAuthorization: Bearer ${TOKENS[1]}`],
    ['one in another header', `X-Authorization: Bearer ${TOKEN}`],
    ['10 KB', `Authorization: Bearer ${TOKEN.repeat(460)}`],
  ] as const) {
    it(`is told ${what}, and answers 401 before it reads on`, async () => {
      const headers = `Host: x\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n${line}\r\n`;
      const client = await RawClient.open(target.port);
      client.write(`POST /v1/traces?token=${TOKEN} HTTP/1.1\r\n${headers.trimEnd()}\r\n\r\n`);
      await until('the whole answer', () => client.received.endsWith('}'));
      const answer = client.received;
      client.socket.destroy();
      assert.match(answer, /^HTTP\/1\.1 401 /);
      assert.match(answer, /www-authenticate: Bearer/i);
      assert.deepEqual(JSON.parse(answer.slice(answer.indexOf('{'))), REFUSAL);
    });
  }

  it('takes each of its tokens, and has written none of them down', async () => {
    for (const token of TOKENS) await target.assertWell({ authorization: `Bearer ${token}` });
    for (const secret of [...TOKENS, 'wrong-token']) assert.ok(!target.daemon.stderr().includes(secret), secret);
    await target.stop();
  });
});

describe('a token file that changes under load', () => {
  it('never refuses a token that is in the old one and in the new one', async () => {
    const file = join(folder, 'tokens');
    const write = (...tokens: readonly string[]) => {
      writeFileSync(`${file}.new`, `${tokens.join('\n')}\n`, { mode: 0o600 });
      renameSync(`${file}.new`, file);
    };
    write('stays', 'token-0');
    const target = await Target.start({
      http: ['auth: { authenticator: bearertokenauth }'],
      extensions: { bearertokenauth: `{ filename: '${file}' }` },
    });
    let rotated = false;
    let sent = 0;
    const sender = async () => {
      for (; !rotated; sent += 1) await target.good({ authorization: 'Bearer stays' });
    };
    const senders = Promise.all([sender(), sender(), sender(), sender()]);
    const taken = async (token: string) => {
      const headers = { ...JSON_TYPE, authorization: `Bearer ${token}` };
      return (await send(target.url, '{}', { headers })).status === 200;
    };
    for (let nth = 1; nth <= 5; nth += 1) {
      write(`token-${nth}`, 'stays');
      await until('the new token is taken', () => taken(`token-${nth}`));
      assert.equal(await taken(`token-${nth - 1}`), false);
    }
    rotated = true;
    await senders;
    assert.ok(sent > 50, `${sent} requests`);
    await target.assertWell({ authorization: 'Bearer stays' });
    assert.doesNotMatch(target.daemon.stderr(), /token-\d/);
    await target.stop();
  });
});

describe('a receiver that wants a password', () => {
  it('serves who is known while strangers guess', async () => {
    const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });
    const target = await Target.start({
      http: ['auth: { authenticator: basicauth }'],
      extensions: { basicauth: `{ htpasswd: { inline: "ann:${hashSync('right-pa55word', 8)}" } }` },
    });
    const known = basic('ann:right-pa55word');
    await target.good(known);
    let guessing = true;
    const statuses = new Set<number>();
    const guess = async (stranger: number) => {
      for (let nth = 0; guessing; nth += 1) {
        const user = nth % 2 === 0 ? 'ann' : 'bob';
        statuses.add(
          (await send(target.url, BODY, { headers: { ...JSON_TYPE, ...basic(`${user}:guess-${stranger}-${nth}`) } })).status,
        );
      }
    };
    const strangers = Promise.all(Array.from({ length: 40 }, (_, stranger) => guess(stranger)));
    await setTimeout(50);
    const latencies: number[] = [];
    for (let nth = 0; nth < 15; nth += 1) {
      const beganMs = performance.now();
      await target.good(known);
      latencies.push(performance.now() - beganMs);
    }
    guessing = false;
    await strangers;
    const p90 = latencies.sort((one, other) => one - other)[13] ?? Infinity;
    assert.ok(p90 < 500, `${p90} ms`);
    assert.deepEqual([...statuses].sort(), [401, 503]);
    await target.assertWell(known);
    assert.doesNotMatch(target.daemon.stderr(), /guess-|pa55word/);
    await target.stop();
  });
});
