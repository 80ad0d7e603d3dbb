/** Where the data of a daemon lies, by who says it. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { canWrite, findDataDirectory } from '../../src/config/find-data.ts';

describe('the data directory', () => {
  const all = { STATE_DIRECTORY: '/state/a:/state/b', XDG_STATE_HOME: '/xdg', HOME: '/home/me' };
  const told = { flag: 'flag', config: 'config' };
  for (const [name, options, path, from] of [
    ['the flag, beside where the person stands', { told, environment: all, system: true }, '/here/flag', '--data-dir'],
    ['the config', { told: { config: '/config' }, environment: all, system: true }, '/config', 'the config'],
    ['the first that systemd gives', { told: {}, environment: all, system: true }, '/state/a', '$STATE_DIRECTORY'],
    ['that of the system', { told: {}, environment: { HOME: '/home/me' }, system: true }, '/var/lib/spanmeter', 'the system'],
    [
      'the state of the person',
      { told: {}, environment: { ...all, STATE_DIRECTORY: '' }, system: false },
      '/xdg/spanmeter',
      '$XDG_STATE_HOME',
    ],
    [
      'the home',
      { told: {}, environment: { HOME: '/home/me' }, system: false },
      '/home/me/.local/state/spanmeter',
      'the home folder',
    ],
  ] as const) {
    it(`is ${name}, if nothing before says another`, () => {
      const surroundings = { environment: options.environment, workingDirectory: '/here' };
      const asked: string[] = [];
      const found = findDataDirectory(options.told, surroundings, (folder) => {
        asked.push(folder);
        return options.system;
      });
      assert.deepEqual(found, { path, from });
      assert.ok(asked.every((folder) => folder === '/var/lib/spanmeter'));
    });
  }

  it('is nowhere without a home and a folder of the system', () => {
    assert.equal(
      findDataDirectory({}, { environment: {}, workingDirectory: '/here' }, () => false),
      undefined,
    );
  });
});

describe('a folder', () => {
  it('can be written, or made, where a folder that is there can be written', (test) => {
    const folder = mkdtempSync(join(tmpdir(), 'spanmeter-data-'));
    test.after(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, 'file'), '');
    assert.equal(canWrite(folder), true);
    assert.equal(canWrite(join(folder, 'a/b')), true);
    assert.equal(canWrite(join(folder, 'file')), false);
    assert.equal(canWrite(join(folder, 'file/a')), false);
    if (process.getuid?.() === 0) return; // may write anywhere
    mkdirSync(join(folder, 'closed'));
    chmodSync(join(folder, 'closed'), 0o500);
    assert.equal(canWrite(join(folder, 'closed/a')), false);
  });
});
