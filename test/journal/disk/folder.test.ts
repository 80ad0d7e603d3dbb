/** The data directory: who may use it, what is told where it cannot be used, and that nobody else can read what is in it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { JournalError } from '../../../src/journal/journal-error.ts';
import { openDeadLetters, openJournal } from '../../../src/journal/open.ts';
import { temporaryFolder } from '../../helpers/disk-journal.ts';
import { entriesOf, never } from '../../helpers/journal-rig.ts';
import { Observer } from '../../helpers/observer.ts';

const ROOT = process.getuid?.() === 0;
/** Some user with no rights of its own. */
const USER = ROOT ? 12_345 : process.getuid?.();
const ELSEWHERE = 'or name another folder with --data-dir or service.journal.directory';

function journalIn(directory: string) {
  const observer = new Observer();
  const { logger, diagnostics, now } = observer.context('journal');
  const lent = { logger, diagnostics, now };
  const settings = { maxBytes: 1e6, segmentBytes: 1e6, minFreeBytes: 0, maxSpans: 10, reserveBytes: 65_536 };
  const journal = openJournal({ directory, ...settings, ...lent, fail: (error) => observer.failures.push(error) });
  return { journal, observer, lent };
}

/** What the start says, which must leave nothing open. */
async function refusal(directory: string): Promise<string> {
  const { journal } = journalIn(directory);
  let message = '';
  await assert.rejects(journal.start(), (error) => {
    assert.ok(error instanceof JournalError && error.exitCode === 1, String(error));
    message = error.message.replace(`cannot use "${directory}" for the journal: `, '');
    return true;
  });
  await journal.close(never);
  return message;
}

/** This process, without the rights of root for so long. */
async function asUser<T>(work: () => Promise<T>): Promise<T> {
  if (ROOT) process.seteuid?.(USER ?? 0);
  try {
    return await work();
  } finally {
    if (ROOT) process.seteuid?.(0);
  }
}

/** Undefined where this machine lets nobody mount. */
function mounted(test: TestContext, options: string): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'spanmeter-mount-'));
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]);
  test.after(() => {
    if (status === 0) spawnSync('umount', [folder]);
    rmdirSync(folder);
  });
  if (status !== 0) {
    test.skip('mounting a file system takes rights that this user lacks');
    return undefined;
  }
  return folder;
}

describe('a data directory', () => {
  it('that is a file, or below one, is refused', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    for (const directory of [file, join(file, 'below')]) {
      assert.equal(await refusal(directory), `"${file}" is no folder; move it away, ${ELSEWHERE}`);
    }
  });

  it('that is a link to nothing is refused, to a folder is used', async () => {
    const folder = temporaryFolder();
    const [link, target] = [join(folder, 'link'), join(folder, 'target')];
    symlinkSync(target, link);
    const leads = `"${link}" is a symbolic link to "${target}", which leads to nothing; make that folder, ${ELSEWHERE}`;
    assert.equal(await refusal(link), leads);
    mkdirSync(target);
    const { journal } = journalIn(link);
    await journal.start();
    await journal.close(never);
    assert.ok(readdirSync(target).includes('journal'));
  });

  it('that is of somebody else is refused, with who asks, whose it is and its mode', async () => {
    const folder = temporaryFolder();
    chmodSync(folder, 0o555);
    const { uid, gid } = statSync(folder);
    const owned = `user ${USER} may not write to "${folder}" (owner ${uid}:${gid}, mode 0555); give it to that user, ${ELSEWHERE}`;
    assert.equal(await asUser(() => refusal(folder)), owned);
    assert.equal(await asUser(() => refusal(join(folder, 'new/one'))), owned);
  });

  it('that is new outlives a power cut with every folder above it that was made with it', async (test) => {
    const above = temporaryFolder();
    const directory = join(above, 'var/data');
    const disk = new URL('../../../src/journal/node-disk.ts', import.meta.url);
    const script = `import { NodeDisk } from ${JSON.stringify(disk)}; await new NodeDisk(${JSON.stringify(directory)}).makeDir('journal');`;
    const { error, stderr } = spawnSync(
      'strace',
      ['-f', '-y', '-e', 'trace=fsync', process.execPath, '--input-type=module', '-e', script],
      { encoding: 'utf8' },
    );
    if (error !== undefined) return test.skip('there is no strace here');
    const synced = [...stderr.matchAll(/fsync\(\d+<([^>]+)>/g)].map(([, path]) => path);
    assert.deepEqual(synced.toSorted(), [above, join(above, 'var'), directory]);
  });

  it('is made also where those above it cannot be read', async () => {
    const above = temporaryFolder();
    chmodSync(above, 0o333);
    const { journal } = journalIn(join(above, 'data'));
    await asUser(() => journal.start());
    await asUser(() => journal.close(never));
  });

  it('on a file system that is read-only is refused', async (test) => {
    const folder = mounted(test, 'ro,mode=0755');
    if (folder === undefined) return;
    const readOnly = `the file system of "${folder}" is read-only (owner 0:0, mode 0755, user 0); mount it writable, ${ELSEWHERE}`;
    assert.equal(await refusal(folder), readOnly);
    assert.equal(await refusal(join(folder, 'new')), readOnly);
  });

  it('on a full disk is used with the help of the reserve, and refused without', async (test) => {
    const folder = mounted(test, 'size=2m');
    if (folder === undefined) return;
    const directory = join(folder, 'data');
    const { journal } = journalIn(directory);
    await journal.start();
    await journal.close(never);
    writeFileSync(join(directory, 'journal/reserve'), Buffer.alloc(131_072));
    fill(folder);
    const { journal: second } = journalIn(directory);
    await second.start();
    await second.close(never);
    fill(folder);
    const full = `the disk of "${directory}" is full (0 bytes free for user 0); make room, ${ELSEWHERE}`;
    assert.equal(await refusal(directory), full);
  });

  it('on a file system that forgets is used, with a warning', async (test) => {
    const folder = mounted(test, 'size=2m');
    if (folder === undefined) return;
    const { journal, observer } = journalIn(folder);
    await journal.start();
    await journal.close(never);
    assert.deepEqual(observer.sentences('warn'), ['the file system of the data directory may lose what was acknowledged']);
    assert.match(observer.text, /"file_system":"tmpfs"/);
  });

  it('lets nobody else read what it holds, whatever the process allows its files', async () => {
    const directory = join(temporaryFolder(), 'data');
    const before = process.umask(0);
    try {
      const { journal, lent } = journalIn(directory);
      await journal.start();
      journal.bind({ folds: [], readers: [{ id: 'tempo', pipelines: new Set(['traces']) }] });
      await journal.append(entriesOf(1, 2));
      const letters = openDeadLetters({ directory, ...lent });
      const body = { encoding: 'json', mergeable: false, bytes: Buffer.from('{}') } as const;
      await letters.keep({ exporter: 'tempo', timeMs: 0, signal: 'traces', body, spans: 1, bodySpans: 1, reason: 'no' });
      await letters.close();
      await journal.close(never);
    } finally {
      process.umask(before);
    }
    const paths = globSync('**', { cwd: directory }).map((path) => join(directory, path));
    assert.ok(
      ['lock.db', '.bin', '.log', 'dead'].every((part) => paths.some((path) => path.includes(part))),
      paths.join(),
    );
    for (const path of [directory, ...paths]) {
      const { mode } = statSync(path);
      assert.equal((mode & 0o777).toString(8), statSync(path).isDirectory() ? '700' : '600', path);
    }
  });
});

function fill(folder: string): void {
  for (const size of [65_536, 4_096]) {
    for (let nth = 0; nth < 1_000; nth += 1) {
      try {
        writeFileSync(join(folder, `ballast-${size}-${nth}-${readdirSync(folder).length}`), Buffer.alloc(size));
      } catch {
        break; // no room for another one
      }
    }
  }
}
