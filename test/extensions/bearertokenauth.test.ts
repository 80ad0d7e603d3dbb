import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { Authenticator } from '../../src/component/contract.ts';
import { bearertokenauthExtension } from '../../src/extensions/bearertokenauth.ts';
import { configOf, faultsOf, reportOf } from '../helpers/component.ts';
import { Observer } from '../helpers/observer.ts';
import { until } from '../helpers/until.ts';

const folder = mkdtempSync(join(tmpdir(), 'spanmeter-tokens-'));
after(() => rmSync(folder, { recursive: true }));

function fileOf(text: string, mode = 0o600): string {
  const path = join(folder, `${Math.random()}`);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

async function authenticatorOf(yaml: string, observer = new Observer()): Promise<Authenticator> {
  const extension: Authenticator = bearertokenauthExtension.create(
    configOf(bearertokenauthExtension.config, yaml),
    observer.context('bearertokenauth'),
  );
  opened.push(extension);
  await extension.start?.();
  return extension;
}

const opened: Authenticator[] = [];
after(() => Promise.all(opened.map((extension) => extension.shutdown?.(AbortSignal.abort()))));

describe('bearertokenauth for senders', () => {
  const rows: readonly { what: string; yaml?: string; headers: NodeJS.Dict<string | string[]>; sender: string | undefined }[] = [
    { what: 'the token', headers: { authorization: 'Bearer s3cret' }, sender: 'bearertokenauth' },
    { what: 'the token among distinct headers', headers: { authorization: ['Bearer s3cret'] }, sender: 'bearertokenauth' },
    { what: 'nothing', headers: {}, sender: undefined },
    { what: 'an empty header', headers: { authorization: '' }, sender: undefined },
    { what: 'the scheme alone', headers: { authorization: 'Bearer ' }, sender: undefined },
    { what: 'the token alone', headers: { authorization: 's3cret' }, sender: undefined },
    { what: 'another token', headers: { authorization: 'Bearer other' }, sender: undefined },
    { what: 'a part of the token', headers: { authorization: 'Bearer s3cre' }, sender: undefined },
    { what: 'a longer token', headers: { authorization: 'Bearer s3cret1' }, sender: undefined },
    { what: 'letters outside ASCII', headers: { authorization: 'Bearer s3crét' }, sender: undefined },
    { what: 'the scheme in another case', headers: { authorization: 'bearer s3cret' }, sender: undefined },
    { what: 'another scheme', headers: { authorization: 'Basic s3cret' }, sender: undefined },
    { what: 'the token twice', headers: { authorization: ['Bearer s3cret', 'Bearer s3cret'] }, sender: undefined },
    { what: 'the token in another header', headers: { 'x-token': 'Bearer s3cret' }, sender: undefined },
    {
      what: 'the token in the header of the config',
      yaml: 'token: a\nheader: X-Token',
      headers: { 'x-token': 'Bearer a' },
      sender: 'bearertokenauth',
    },
    {
      what: 'the token without a scheme',
      yaml: 'token: a\nscheme: ""',
      headers: { authorization: 'a' },
      sender: 'bearertokenauth',
    },
    {
      what: 'the second of several tokens',
      yaml: 'tokens: [a, b]',
      headers: { authorization: 'Bearer b' },
      sender: 'bearertokenauth#2',
    },
    {
      what: 'a token with the name of its sender',
      yaml: 'tokens: [a, { name: openrouter, token: b }]',
      headers: { authorization: 'Bearer b' },
      sender: 'openrouter',
    },
    { what: 'a name that every object has', yaml: 'token: a\nheader: constructor', headers: {}, sender: undefined },
  ];
  for (const { what, yaml = 'token: s3cret', headers, sender } of rows) {
    it(`${sender === undefined ? 'refuses' : 'accepts'} ${what}`, async () => {
      const { identify } = await authenticatorOf(yaml);
      assert.equal(identify?.(headers), sender);
    });
  }
});

describe('the challenge of bearertokenauth', () => {
  for (const [settings, challenge] of [
    ['token: x', 'Bearer realm="spanmeter"'],
    ['token: x\nscheme: Token\nheader: X-Token', 'Token realm="spanmeter"'],
    ['token: x\nscheme: ""', undefined],
    ['token: x\nscheme: "two words"', undefined],
  ] as const) {
    it(`${JSON.stringify(settings)} is ${challenge}`, async () => {
      assert.equal((await authenticatorOf(settings)).challenge, challenge);
    });
  }
});

describe('bearertokenauth for requests of ours', () => {
  const rows = [
    { yaml: 'token: a', credentials: { Authorization: 'Bearer a' } },
    { yaml: 'tokens: [a, b]', credentials: { Authorization: 'Bearer a' } },
    { yaml: 'token: a\nscheme: Token\nheader: X-Auth', credentials: { 'X-Auth': 'Token a' } },
    { yaml: 'token: a\nscheme: ""', credentials: { Authorization: 'a' } },
  ];
  for (const { yaml, credentials } of rows) {
    it(`sends ${JSON.stringify(credentials)} for ${yaml.replaceAll('\n', ', ')}`, async () => {
      assert.deepEqual((await authenticatorOf(yaml)).credentials?.(), credentials);
    });
  }
});

describe('bearertokenauth with a file', () => {
  it('takes a token per line, over the token in the config', async () => {
    const { credentials, identify } = await authenticatorOf(`token: old\nfilename: ${fileOf('new\n\nother\r\n')}`);
    assert.deepEqual(credentials?.(), { Authorization: 'Bearer new' });
    assert.equal(identify?.({ authorization: 'Bearer other' }), 'bearertokenauth#2');
    assert.equal(identify?.({ authorization: 'Bearer old' }), undefined);
  });

  it('reads it again when it changes, and never refuses a token that is in both', async () => {
    const file = fileOf('first\nsecond\n');
    const { credentials, identify } = await authenticatorOf(`filename: ${file}`);
    const known = (token: string) => identify?.({ authorization: `Bearer ${token}` }) !== undefined;
    for (const [before, after] of [
      ['second', 'third'],
      ['third', 'fourth'],
      ['fourth', 'fifth'],
    ] as const) {
      writeFileSync(file, `${before}\n${after}\n`);
      await until('the new token', () => {
        assert.ok(known(before));
        return known(after);
      });
    }
    assert.deepEqual(credentials?.(), { Authorization: 'Bearer fourth' });
    assert.deepEqual(['first', 'second', 'third'].filter(known), []);
  });

  it('keeps its tokens when the file becomes empty or goes', async () => {
    const file = fileOf('token');
    const observer = new Observer();
    const { identify } = await authenticatorOf(`filename: ${file}`, observer);
    for (const [what, change] of [
      ['empty', () => writeFileSync(file, '')],
      ['gone', () => rmSync(file)],
    ] as const) {
      const before = observer.sentences('warn').length;
      change();
      await until(what, () => observer.sentences('warn').length > before);
      assert.equal(observer.sentences('warn').at(-1), 'cannot use renewed files; what they held before stays in use');
      assert.equal(identify?.({ authorization: 'Bearer token' }), 'bearertokenauth');
    }
  });

  it('warns when other users can read it', async () => {
    for (const [mode, warnings] of [
      [0o600, []],
      [0o640, ['secret file can be read by other users']],
      [0o604, ['secret file can be read by other users']],
    ] as const) {
      const observer = new Observer();
      await authenticatorOf(`filename: ${fileOf('canary', mode)}`, observer);
      assert.deepEqual(observer.sentences('warn'), warnings);
      assert.doesNotMatch(observer.text, /canary/);
    }
  });

  it('does not start when there is no token to read', async () => {
    await assert.rejects(authenticatorOf('filename: /no/such/file'), { message: 'cannot read secrets from "/no/such/file"' });
    const empty = fileOf(' \n');
    await assert.rejects(authenticatorOf(`filename: ${empty}`), { message: `cannot read tokens from "${empty}": it has none` });
  });
});

describe('settings of bearertokenauth', () => {
  const refused = ['{}', 'token: ""', 'tokens: []', 'token: a\ntokens: [b]', 'token: a\nheader: ""', 'tokn: a'];
  for (const yaml of refused) {
    it(`refuse ${yaml.replaceAll('\n', ', ')}`, () =>
      assert.ok(faultsOf(bearertokenauthExtension.config, yaml).some(({ level }) => level === 'error')));
  }

  it('are never shown', () => {
    assert.doesNotMatch(reportOf(bearertokenauthExtension.config, 'token: canary\ntokens: [canary]'), /canary/);
    assert.doesNotMatch(reportOf(bearertokenauthExtension.config, 'tokens: [{ name: a, token: [canary] }]'), /canary/);
  });
});
