/** The command of the package on a Node that may be too old for the program behind it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ROOT } from '../helpers/daemon.ts';

const { engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const NEEDED: string = engines.node.replace('>=', '');

describe('bin/spanmeter.js', () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'spanmeter-bin-'));
    mkdirSync(join(folder, 'dist'));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(folder, 'dist/main.js'), 'console.log("started");');
    cpSync(join(ROOT, 'bin'), join(folder, 'bin'), { recursive: true });
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  /** This Node, which says that it is another. */
  function startOn(version: string) {
    const posing = `Object.defineProperty(process, 'versions', { value: { node: '${version}' } });`;
    const args = ['--import', `data:text/javascript,${encodeURIComponent(posing)}`, join(folder, 'bin/spanmeter.js')];
    return spawnSync(process.execPath, args, { encoding: 'utf8' });
  }

  for (const version of ['12.22.12', '20.20.2', '22.18.9']) {
    it(`names the needed version on Node ${version} and exits with 1`, () => {
      const { status, stdout, stderr } = startOn(version);
      assert.equal(stderr, `cannot start spanmeter on Node ${version}: it needs Node ${NEEDED} or newer\n`);
      assert.deepEqual({ status, stdout }, { status: 1, stdout: '' });
    });
  }

  for (const version of [`${NEEDED}.0`, '22.20.1', '23.0.0', '100.1.0']) {
    it(`starts the program on Node ${version}`, () => {
      const { status, stdout, stderr } = startOn(version);
      assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: 'started\n', stderr: '' });
    });
  }

  it('is a script as well as a module, which is what a Node that knows no modules takes it for', () => {
    const script = readFileSync(join(ROOT, 'bin/spanmeter.js'), 'utf8').replace(/^#!.*/, '');
    assert.doesNotThrow(() => new Function(script));
  });
});
