/** A disk that is full takes nothing until it has room; a disk that fails ends the journal. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { IntakeError } from '../../../src/component/errors.ts';
import type { Disk } from '../../../src/journal/disk.ts';
import { JournalError } from '../../../src/journal/journal-error.ts';
import { ModelDisk } from '../../fault/model-disk.ts';
import { graphOf, never } from '../../helpers/journal-rig.ts';
import { until } from '../../helpers/until.ts';
import { append, assertCounted, keepAll, loseAll, type Options, start } from './rig.ts';

/** Alarms that the test rings: all, or those that were set for a time. */
function alarms() {
  const waiting = new Map<() => void, number>();
  const after: NonNullable<Options['after']> = (ms, run) => {
    waiting.set(run, ms);
    return () => waiting.delete(run);
  };
  const ring = (which?: number) => {
    for (const [run, ms] of [...waiting]) {
      if (which !== undefined && which !== ms) continue;
      waiting.delete(run);
      run();
    }
  };
  return { after, ring };
}

/** Writes to these files fail so. */
function refusing(disk: Disk, fault: (path: string, position: number) => string | undefined): Disk {
  return {
    ...disk,
    async open(path, mode) {
      const file = await disk.open(path, mode);
      const write: typeof file.write = async (buffers, position) => {
        const code = fault(path, position);
        if (code !== undefined) throw Object.assign(new Error(code), { code });
        await file.write(buffers, position);
      };
      return { ...file, write };
    },
  };
}

const PROBE_MS = 2_000;
const FLUSH_MS = 1_000;

describe('a full disk', () => {
  it('refuses with Retry-After, keeps what it had, resumes by itself, and takes the retry as new', async () => {
    const disk = new ModelDisk();
    const { after, ring } = alarms();
    const running = await start(disk, { after });
    await append(running, 1);
    disk.freeBytes = 100;
    const refused = (error: unknown) =>
      error instanceof IntakeError && error.code === 'unavailable' && error.retryAfterSeconds === 10;
    await assert.rejects(append(running, 2), refused);
    await assert.rejects(append(running, 3), refused);
    assert.equal(running.journal.ready, false);
    disk.freeBytes = 2 ** 30;
    ring();
    await until('there is room', () => running.journal.ready);
    assert.deepEqual(await append(running, 2), { added: 1, duplicates: 0 });
    disk.restart(loseAll);
    assertCounted(await start(disk), [1, 2]);
  });

  it('fails a copy of a span whose first copy did not fit', async () => {
    const disk = new ModelDisk();
    const running = await start(disk);
    disk.freeBytes = 100;
    const both = await Promise.allSettled([append(running, 1), append(running, 1)]);
    assert.deepEqual(
      both.map(({ status }) => status),
      ['rejected', 'rejected'],
    );
  });

  it('looks for room without touching what is written meanwhile', async () => {
    for (let turns = 0; turns < 120; turns++) {
      const disk = new ModelDisk();
      const { after, ring } = alarms();
      const running = await start(disk, { after });
      for (const id of [1, 2, 3]) await append(running, id);
      const taken = await running.reader.next({ bytes: 1e9, spans: 1e9 }, never);
      disk.freeBytes = 100;
      await assert.rejects(append(running, 4));
      disk.freeBytes = 2 ** 30;
      ring(PROBE_MS);
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      running.reader.done(taken);
      ring(FLUSH_MS);
      running.journal.bind(graphOf([running.fold], ['tempo', 'cloud']));
      await until('there is room', () => running.journal.ready);
      await append(running, 5);
      disk.restart(keepAll, 'kill');
      const again = await start(disk);
      assert.equal(again.journal.recovery?.corrupt, 0, `after ${turns} turns`);
      assertCounted(again, [1, 2, 3, 5]);
    }
  });

  it('takes requests again where there is room for them and none for the reserve, of which it leaves nothing', async () => {
    const disk = new ModelDisk();
    const { after, ring } = alarms();
    let quota = false;
    const limited = refusing(disk.session(), (path, at) => (quota && path.endsWith('reserve') && at > 0 ? 'EDQUOT' : undefined));
    const running = await start(disk, { disk: limited, after, reserveBytes: 8 * 1_048_576 });
    await append(running, 1);
    quota = true;
    disk.fault = { operation: 'write', code: 'EDQUOT' };
    await assert.rejects(append(running, 2));
    ring(PROBE_MS);
    await until('there is room', () => running.journal.ready);
    assert.deepEqual(await append(running, 2), { added: 1, duplicates: 0 });
    assert.deepEqual(running.observer.failures, []);
    assert.equal(disk.files.has('journal/reserve'), false);
    assert.deepEqual(running.observer.sentences('warn'), ['cannot set aside disk space for hard times']);
  });

  it('does not try a snapshot that failed again with every request', async () => {
    const disk = new ModelDisk();
    let tries = 0;
    const limited = refusing(disk.session(), (path) => {
      if (!path.endsWith('snapshot.tmp')) return undefined;
      tries += 1;
      return 'ENOSPC';
    });
    const bodyBytes = 200;
    const running = await start(disk, { disk: limited, snapshotBytes: 20 * bodyBytes });
    for (let id = 1; id <= 100; id++) {
      await append(running, id);
      await pause(0);
    }
    assert.ok(tries >= 1 && tries <= 6, `${tries} tries`);
  });
});

describe('a failing disk', () => {
  for (const [operation, code] of [
    ['write', 'EIO'],
    ['sync', 'EIO'],
    ['sync', 'ENOSPC'],
  ] as const) {
    it(`acknowledges nothing after ${code} on ${operation}, says so once, and the next process finds what was acknowledged`, async () => {
      const disk = new ModelDisk();
      const running = await start(disk);
      await append(running, 1);
      disk.fault = { operation, code };
      await assert.rejects(append(running, 2), IntakeError);
      await assert.rejects(append(running, 3), IntakeError);
      const [failure] = running.observer.failures;
      assert.ok(failure instanceof JournalError && failure.exitCode === 74);
      assert.equal(running.observer.failures.length, 1);
      disk.restart(loseAll);
      assertCounted(await start(disk), [1]);
    });
  }

  it('ends too where it breaks under a snapshot, and counts what it has', async () => {
    const disk = new ModelDisk();
    const running = await start(disk, { snapshotBytes: 1 });
    disk.fault = { operation: 'rename', code: 'EIO' };
    await append(running, 1);
    await until('it has failed', () => running.observer.failures.length > 0);
    const [failure] = running.observer.failures;
    assert.ok(failure instanceof JournalError && failure.exitCode === 74);
    await assert.rejects(append(running, 2), IntakeError);
    disk.restart(loseAll);
    assertCounted(await start(disk), [1]);
  });

  it('is told from one that is mounted for reading only when it breaks during the start', async () => {
    const disk = new ModelDisk();
    disk.fault = { operation: 'sync', code: 'EIO' };
    await assert.rejects(start(disk), (error) => error instanceof JournalError && error.exitCode === 74);
  });
});
