import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { WatchedFiles } from '../../src/component/watched-files.ts';
import { Observer } from '../helpers/observer.ts';
import { until } from '../helpers/until.ts';

function folderOf(test: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'spanmeter-watched-'));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Keeps what every load found. */
async function watchedOf(test: TestContext, paths: readonly string[], more: { fails?: () => boolean } = {}) {
  const observer = new Observer();
  const loads: string[] = [];
  const load = async () => {
    if (more.fails?.()) throw new Error('of no use');
    loads.push(paths.map((path) => readFileSync(path, 'utf8')).join('|'));
  };
  const files = new WatchedFiles({ paths, load, logger: observer.context('x').logger });
  test.after(() => files.shutdown());
  return { files, loads, observer };
}

describe('watched files', () => {
  for (const [how, renew] of [
    ['written', (path: string) => writeFileSync(path, 'new')],
    [
      'replaced',
      (path: string) => {
        writeFileSync(`${path}.tmp`, 'new');
        renameSync(`${path}.tmp`, path);
      },
    ],
  ] as const) {
    it(`are loaded at start, and again when one is ${how}`, async (test) => {
      const path = join(folderOf(test), 'secret');
      writeFileSync(path, 'old');
      const { files, loads, observer } = await watchedOf(test, [path]);
      await files.start();
      assert.deepEqual(loads, ['old']);
      renew(path);
      await until('the second load', () => loads.length > 1);
      assert.deepEqual(loads, ['old', 'new']);
      assert.deepEqual(observer.sentences('info'), ['renewed files are in use']);
    });
  }

  it('may be links into a folder that is replaced as a whole, as Kubernetes does it', async (test) => {
    const folder = folderOf(test);
    for (const version of ['1', '2']) {
      mkdirSync(join(folder, version));
      writeFileSync(join(folder, version, 'secret'), version);
    }
    symlinkSync('1', join(folder, '..data'));
    symlinkSync('..data/secret', join(folder, 'secret'));
    const { files, loads } = await watchedOf(test, [join(folder, 'secret')]);
    await files.start();
    symlinkSync('2', join(folder, '..new'));
    renameSync(join(folder, '..new'), join(folder, '..data'));
    await until('the second load', () => loads.length > 1);
    assert.deepEqual(loads, ['1', '2']);
  });

  it('are looked at now and then where nothing tells of changes', async (test) => {
    const [folder, elsewhere] = [folderOf(test), folderOf(test)];
    writeFileSync(join(elsewhere, 'target'), 'old');
    symlinkSync(join(elsewhere, 'target'), join(folder, 'secret'));
    test.mock.timers.enable({ apis: ['setInterval'] });
    const { files, loads } = await watchedOf(test, [join(folder, 'secret')]);
    await files.start();
    writeFileSync(join(elsewhere, 'target'), 'new');
    test.mock.timers.tick(29_999);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(loads.length, 1);
    test.mock.timers.tick(1);
    await until('the second load', () => loads.length > 1);
    assert.deepEqual(loads, ['old', 'new']);
  });

  it('are not loaded again when their content is the same', async (test) => {
    const folder = folderOf(test);
    const [path, other] = [join(folder, 'secret'), join(folder, 'other')];
    writeFileSync(path, 'same');
    writeFileSync(other, '1');
    const { files, loads } = await watchedOf(test, [path, other]);
    await files.start();
    writeFileSync(path, 'same');
    writeFileSync(join(folder, 'stranger'), 'new');
    writeFileSync(other, '2');
    await until('the second load', () => loads.length > 1);
    assert.deepEqual(loads, ['same|1', 'same|2']);
  });

  it('that cannot be used leave what was loaded in use, are logged once, and are tried again when they change', async (test) => {
    const path = join(folderOf(test), 'secret');
    writeFileSync(path, 'canary 1');
    let broken = false;
    const { files, loads, observer } = await watchedOf(test, [path], { fails: () => broken });
    await files.start();
    broken = true;
    writeFileSync(path, 'canary 2');
    await until('the warning', () => observer.sentences('warn').length > 0);
    broken = false;
    writeFileSync(path, 'canary 3');
    await until('the next load', () => loads.length > 1);
    assert.deepEqual(loads, ['canary 1', 'canary 3']);
    assert.deepEqual(observer.sentences('warn'), ['cannot use renewed files; what they held before stays in use']);
    assert.doesNotMatch(observer.text, /canary/);
  });

  it('fail the start when they cannot be used then', async (test) => {
    const { files } = await watchedOf(test, [join(folderOf(test), 'missing')]);
    await assert.rejects(files.start(), /ENOENT/);
    await files.shutdown();
  });

  it('leave nothing behind', async (test) => {
    const path = join(folderOf(test), 'secret');
    writeFileSync(path, 'old');
    const before = process.getActiveResourcesInfo().length;
    const { files, loads } = await watchedOf(test, [path]);
    await files.shutdown();
    await files.start();
    await files.shutdown();
    await files.shutdown();
    writeFileSync(path, 'new');
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(loads.length, 1);
    assert.equal(process.getActiveResourcesInfo().length, before);
  });
});
