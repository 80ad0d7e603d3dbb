/** A disk that is full takes nothing until it has room; a disk that fails ends the journal. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { IntakeError } from '../../../src/component/errors.ts';
import { JournalError } from '../../../src/journal/journal-error.ts';
import { ModelDisk } from '../../fault/model-disk.ts';
import { until } from '../../helpers/until.ts';
import { append, assertCounted, loseAll, type Options, start } from './rig.ts';

/** Alarms that the test rings. */
function alarms() {
  const waiting = new Set<() => void>();
  const after: Options['after'] = (_ms, run) => {
    waiting.add(run);
    return () => waiting.delete(run);
  };
  const ring = () => {
    for (const run of [...waiting]) {
      waiting.delete(run);
      run();
    }
  };
  return { after, ring };
}

describe('a full disk', () => {
  it('refuses with Retry-After, keeps what it had, resumes by itself, and takes the retry as new', async () => {
    const disk = new ModelDisk();
    const { after, ring } = alarms();
    const running = await start(disk, { after: after! });
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
