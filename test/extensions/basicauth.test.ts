import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { Authenticator } from '../../src/component/contract.ts';
import { basicauthExtension } from '../../src/extensions/basicauth.ts';
import { configOf, faultsOf, reportOf } from '../helpers/component.ts';
import { Observer } from '../helpers/observer.ts';

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
  await extension.start?.();
  return extension;
}

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

/** "secret" is what `htpasswd -s` wrote for ann. */
const USERS =
  'htpasswd:\n  inline: |\n    # people\n    ann:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n    bob:plain:with:colons\n\n    eve:';

describe('basicauth for senders', () => {
  const rows: readonly { what: string; headers: NodeJS.Dict<string | string[]>; sender: string | undefined }[] = [
    { what: 'the password of a {SHA} entry', headers: { authorization: basic('ann:secret') }, sender: 'ann' },
    { what: 'a password in plain text', headers: { authorization: basic('bob:plain:with:colons') }, sender: 'bob' },
    { what: 'the scheme in any case', headers: { authorization: basic('ann:secret').replace('Basic', 'bAsIc') }, sender: 'ann' },
    { what: 'distinct headers', headers: { authorization: [basic('ann:secret')] }, sender: 'ann' },
    { what: 'nothing', headers: {}, sender: undefined },
    { what: 'a wrong password', headers: { authorization: basic('ann:Secret') }, sender: undefined },
    { what: 'the hash as password', headers: { authorization: basic('ann:5en6G6MezRroT3XKqkdPOmY/BfQ=') }, sender: undefined },
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
      assert.equal(identify?.(headers), sender);
      assert.equal(credentials, undefined);
    });
  }

  it('reads a file at start, unless entries stand in the config', async () => {
    const file = fileOf('ann:from-file\n');
    const fromFile = await authenticatorOf(`htpasswd: { file: ${file} }`);
    assert.equal(fromFile.identify?.({ authorization: basic('ann:from-file') }), 'ann');
    const inline = await authenticatorOf(`htpasswd: { file: ${file}, inline: "ann:from-config" }`);
    assert.equal(inline.identify?.({ authorization: basic('ann:from-file') }), undefined);
    assert.equal(inline.identify?.({ authorization: basic('ann:from-config') }), 'ann');
  });

  for (const hash of ['$2y$10$abcdefghijklmnopqrstuv', '$2b$10$abc', '$apr1$abc$def', '$5$abc', '{SSHA}abc']) {
    it(`does not take ${hash.slice(0, 6)} for a plain password`, async () => {
      const message = 'hash in line 2 is not supported yet; write it as {SHA} or in plain text';
      const [fault, ...others] = faultsOf(basicauthExtension.config, `htpasswd:\n  inline: "ann:a\\nbob:${hash}"`);
      assert.deepEqual([fault?.level, fault?.message, others.length], ['error', message, 0]);
      const file = fileOf(`ann:a\nbob:${hash}`);
      await assert.rejects(authenticatorOf(`htpasswd: { file: ${file} }`), {
        message: `cannot read users from "${file}": ${message}`,
      });
    });
  }
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
