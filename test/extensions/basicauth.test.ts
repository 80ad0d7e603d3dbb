import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { after, describe, it } from 'node:test';
import { hashSync } from 'bcryptjs';
import type { Authenticator } from '../../src/component/contract.ts';
import { IntakeError } from '../../src/component/errors.ts';
import { basicauthExtension } from '../../src/extensions/basicauth/index.ts';
import { configOf, faultsOf, reportOf } from '../helpers/component.ts';
import { Observer } from '../helpers/observer.ts';
import { until } from '../helpers/until.ts';

const folder = mkdtempSync(join(tmpdir(), 'spanmeter-users-'));
after(() => rmSync(folder, { recursive: true }));

function fileOf(text: string): string {
  const path = join(folder, `${Math.random()}`);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

async function authenticatorOf(yaml: string): Promise<Authenticator> {
  const extension: Authenticator = basicauthExtension.create(
    configOf(basicauthExtension.config, yaml),
    new Observer().context('basicauth'),
  );
  opened.push(extension);
  await extension.start?.();
  return extension;
}

const opened: Authenticator[] = [];
after(() => Promise.all(opened.map((extension) => extension.shutdown?.(AbortSignal.abort()))));

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

/** "secret" is what `htpasswd -s` wrote for ann; zoe's is a published test vector for "a". */
const BCRYPT = '$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe';
const USERS = `htpasswd:
  inline: |
    # people
    ann:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=
    bob:plain:with:colons

    eve:
    zoe:${BCRYPT}
    yve:${BCRYPT.replace('$2a', '$2y')}
`;

describe('basicauth for senders', () => {
  const rows: readonly { what: string; headers: NodeJS.Dict<string | string[]>; sender: string | undefined }[] = [
    { what: 'the password of a {SHA} entry', headers: { authorization: basic('ann:secret') }, sender: 'ann' },
    { what: 'a password in plain text', headers: { authorization: basic('bob:plain:with:colons') }, sender: 'bob' },
    { what: 'the password of a bcrypt entry', headers: { authorization: basic('zoe:a') }, sender: 'zoe' },
    { what: 'the password of one that htpasswd wrote', headers: { authorization: basic('yve:a') }, sender: 'yve' },
    { what: 'the scheme in any case', headers: { authorization: basic('ann:secret').replace('Basic', 'bAsIc') }, sender: 'ann' },
    { what: 'distinct headers', headers: { authorization: [basic('ann:secret')] }, sender: 'ann' },
    { what: 'nothing', headers: {}, sender: undefined },
    { what: 'a wrong password', headers: { authorization: basic('ann:Secret') }, sender: undefined },
    { what: 'the hash as password', headers: { authorization: basic('ann:5en6G6MezRroT3XKqkdPOmY/BfQ=') }, sender: undefined },
    { what: 'a wrong password of a bcrypt entry', headers: { authorization: basic('zoe:b') }, sender: undefined },
    { what: 'a bcrypt hash as password', headers: { authorization: basic(`zoe:${BCRYPT}`) }, sender: undefined },
    {
      what: 'an unknown user with the password of a bcrypt entry',
      headers: { authorization: basic('joe:a') },
      sender: undefined,
    },
    { what: 'the password of another', headers: { authorization: basic('bob:secret') }, sender: undefined },
    { what: 'an unknown user', headers: { authorization: basic('joe:secret') }, sender: undefined },
    { what: 'a user that every object has', headers: { authorization: basic('constructor:') }, sender: undefined },
    { what: 'no colon', headers: { authorization: basic('ann') }, sender: undefined },
    { what: 'what is no base64', headers: { authorization: 'Basic ann:secret' }, sender: undefined },
    { what: 'another scheme', headers: { authorization: basic('ann:secret').replace('Basic', 'Bearer') }, sender: undefined },
    { what: 'two headers', headers: { authorization: [basic('ann:secret'), basic('ann:secret')] }, sender: undefined },
    { what: 'the comment', headers: { authorization: basic('# people:') }, sender: undefined },
  ];
  for (const { what, headers, sender } of rows) {
    it(`${sender === undefined ? 'refuses' : 'accepts'} ${what}`, async () => {
      const { identify, credentials } = await authenticatorOf(USERS);
      assert.equal(await identify?.(headers), sender);
      assert.equal(credentials, undefined);
    });
  }

  it('reads a file at start, unless entries stand in the config', async () => {
    const file = fileOf('ann:from-file\n');
    const fromFile = await authenticatorOf(`htpasswd: { file: ${file} }`);
    assert.equal(await fromFile.identify?.({ authorization: basic('ann:from-file') }), 'ann');
    const inline = await authenticatorOf(`htpasswd: { file: ${file}, inline: "ann:from-config" }`);
    assert.equal(await inline.identify?.({ authorization: basic('ann:from-file') }), undefined);
    assert.equal(await inline.identify?.({ authorization: basic('ann:from-config') }), 'ann');
  });

  for (const hash of ['$2y$10$abcdefghijklmnopqrstuv', `$2x${BCRYPT.slice(3)}`, '$apr1$abc$def', '$5$abc', '{SSHA}abc']) {
    it(`does not take ${hash.slice(0, 6)} for a plain password`, async () => {
      const message = 'hash in line 2 is not supported; write it as bcrypt, as {SHA} or in plain text';
      const [fault, ...others] = faultsOf(basicauthExtension.config, `htpasswd:\n  inline: "ann:a\\nbob:${hash}"`);
      assert.deepEqual([fault?.level, fault?.message, others.length], ['error', message, 0]);
      const file = fileOf(`ann:a\nbob:${hash}`);
      await assert.rejects(authenticatorOf(`htpasswd: { file: ${file} }`), {
        message: `cannot read users from "${file}": ${message}`,
      });
    });
  }
});

describe('the challenge of basicauth', () => {
  it('asks for a name and a password', async () => {
    const { challenge } = await authenticatorOf('htpasswd: { inline: "a:b" }');
    assert.equal(challenge, 'Basic realm="spanmeter", charset="UTF-8"');
  });
});

describe('bcrypt', () => {
  const claim = (password: string) => ({ authorization: basic(`ann:${password}`) });

  it('is worked out once for a password that is right, and again for one that is not', async () => {
    const { identify } = await authenticatorOf(`htpasswd: { inline: "ann:${hashSync('right', 11)}" }`);
    const beganMs = performance.now();
    assert.equal(await identify?.(claim('right')), 'ann');
    const workedOutMs = performance.now() - beganMs;
    for (let time = 0; time < 100; time += 1) assert.equal(await identify?.(claim('right')), 'ann');
    assert.ok(performance.now() - beganMs < 3 * workedOutMs, 'a hundred more take less than another two');
    assert.equal(await identify?.(claim('wrong')), undefined);
    assert.equal(await identify?.(claim('right')), 'ann');
  });

  it('does not hold up the main thread', async () => {
    const { identify } = await authenticatorOf(`htpasswd: { inline: "ann:${hashSync('right', 12)}" }`);
    const loop = monitorEventLoopDelay({ resolution: 1 });
    loop.enable();
    const beganMs = performance.now();
    assert.equal(await identify?.(claim('wrong')), undefined);
    loop.disable();
    assert.ok(loop.max / 1e6 < (performance.now() - beganMs) / 2, `${loop.max / 1e6} ms`);
  });

  it('is refused for the moment when more is asked than can be checked', async () => {
    const extension = await authenticatorOf(`htpasswd: { inline: "ann:${hashSync('right', 8)}" }`);
    const guesses = Array.from({ length: 60 }, (_, guess) => extension.identify?.(claim(`${guess}`)));
    const checked = await Promise.allSettled(guesses);
    const refused = checked.filter((one) => one.status === 'rejected');
    assert.equal(refused.length, 28);
    assert.ok(refused.every(({ reason }) => reason instanceof IntakeError && reason.code === 'unavailable'));
    assert.equal(await extension.identify?.(claim('right')), 'ann', 'and goes on after that');
  });

  it('that is broken off by a shutdown is no refusal', async () => {
    const extension = await authenticatorOf(`htpasswd: { inline: "ann:${hashSync('right', 12)}" }`);
    const guess = extension.identify?.(claim('right'));
    await extension.shutdown?.(AbortSignal.abort());
    await assert.rejects(async () => guess, { code: 'unavailable' });
  });
});

describe('files of basicauth', () => {
  it('are read again when they change: users', async () => {
    const file = fileOf(`ann:old\nbob:${BCRYPT}\n`);
    const { identify } = await authenticatorOf(`htpasswd: { file: ${file} }`);
    assert.equal(await identify?.({ authorization: basic('bob:a') }), 'bob');
    writeFileSync(file, 'ann:new\n');
    await until('the new password', async () => (await identify?.({ authorization: basic('ann:new') })) === 'ann');
    assert.equal(await identify?.({ authorization: basic('ann:old') }), undefined);
    assert.equal(await identify?.({ authorization: basic('bob:a') }), undefined);
  });

  it('are read again when they change: our own password', async () => {
    const file = fileOf('old\n');
    const { credentials } = await authenticatorOf(`client_auth: { username: ann, password_file: ${file} }`);
    writeFileSync(file, 'new\n');
    await until('the new password', () => credentials?.()['authorization'] === basic('ann:new'));
  });
});

describe('basicauth for requests of ours', () => {
  it('sends user and password', async () => {
    const { credentials, identify } = await authenticatorOf('client_auth: { username: "123", password: "pa:ss" }');
    assert.deepEqual(credentials?.(), { authorization: basic('123:pa:ss') });
    assert.equal(identify, undefined);
  });

  it('prefers files, without the line break at their end', async () => {
    const yaml = `client_auth: { username: a, password: b, username_file: ${fileOf('user\n')}, password_file: ${fileOf('pass\n')} }`;
    assert.deepEqual((await authenticatorOf(yaml)).credentials?.(), { authorization: basic('user:pass') });
  });

  it('does not start when a file is not there or empty', async () => {
    const missing = 'client_auth: { username: a, password_file: /no/such/file }';
    await assert.rejects(authenticatorOf(missing), { message: 'cannot read secrets from "/no/such/file"' });
    const empty = fileOf('');
    await assert.rejects(authenticatorOf(`client_auth: { username: a, password_file: ${empty} }`), {
      message: `cannot read secrets from "${empty}": it is empty`,
    });
  });
});

describe('settings of basicauth', () => {
  const refused = [
    '{}',
    'htpasswd: { inline: "a:b" }\nclient_auth: { username: a }',
    'htpasswd: {}',
    'htpasswd: { inline: "" }',
    'htpasswd: { inline: "no colon" }',
    'client_auth: { password: a }',
    'aws_secrets_manager: {}',
  ];
  for (const yaml of refused) {
    it(`refuse ${yaml.replaceAll('\n', ', ')}`, () =>
      assert.ok(faultsOf(basicauthExtension.config, yaml).some(({ level }) => level === 'error')));
  }

  it('are never shown', () => {
    assert.doesNotMatch(
      reportOf(basicauthExtension.config, 'htpasswd: { inline: "canary" }\nclient_auth: { password: canary }'),
      /canary/,
    );
  });
});
