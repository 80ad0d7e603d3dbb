import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { findConfig } from '../../src/config/find.ts';

describe('the config', () => {
  const root = mkdtempSync(join(tmpdir(), 'spanmeter-find-'));
  after(() => rmSync(root, { recursive: true }));
  for (const folder of ['here', 'empty', 'xdg/spanmeter', 'home/.config/spanmeter'])
    mkdirSync(join(root, folder), { recursive: true });
  const [here, xdg, home] = ['here/spanmeter.yaml', 'xdg/spanmeter/config.yaml', 'home/.config/spanmeter/config.yaml'];
  for (const file of [here, xdg, home]) writeFileSync(join(root, file), '');

  const environment = { SPANMETER_CONFIG: 'named.yaml', XDG_CONFIG_HOME: join(root, 'xdg'), HOME: join(root, 'home') };
  const { SPANMETER_CONFIG, ...withoutName } = environment;
  const { XDG_CONFIG_HOME, ...withoutXdg } = withoutName;
  const system = ['/etc/spanmeter/config.yaml'].filter((file) => existsSync(file));
  const cases: [where: string, named: string[], environment: Record<string, string>, folder: string, found: string[]][] = [
    ['what the command line names, in its order, there or not', ['b.yaml', 'a.yaml'], environment, 'here', ['b.yaml', 'a.yaml']],
    ['what $SPANMETER_CONFIG names', [], environment, 'here', [SPANMETER_CONFIG]],
    ['spanmeter.yaml in the working directory', [], withoutName, 'here', ['spanmeter.yaml']],
    ['below $XDG_CONFIG_HOME', [], withoutName, 'empty', [join(root, xdg)]],
    ['below ~/.config', [], withoutXdg, 'empty', [join(root, home)]],
    ['that of the system, else built in', [], {}, 'empty', system],
    [
      'that of the system too where variables are empty',
      [],
      { SPANMETER_CONFIG: '', XDG_CONFIG_HOME: '', HOME: '' },
      'empty',
      system,
    ],
  ];
  for (const [where, named, variables, folder, found] of cases) {
    it(`is ${where}`, () =>
      assert.deepEqual(findConfig(named, { environment: variables, workingDirectory: join(root, folder) }), found));
  }
});
