/** What is damaged is found where it lies, beside a daemon too, and given up on demand: then a start goes on without it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { crc32 } from 'node:zlib';
import { inspect } from '../../../src/journal/inspect.ts';
import { JournalError } from '../../../src/journal/journal-error.ts';
import { quarantine, setAside } from '../../../src/journal/quarantine.ts';
import { repair } from '../../../src/journal/repair.ts';
import { verify } from '../../../src/journal/verify.ts';
import { chooser, type ModelDisk } from '../../fault/model-disk.ts';
import { MoneyFold } from '../../fault/money-fold.ts';
import { diskJournal } from '../../helpers/disk-journal.ts';
import { graphOf, namesOf, never, takeAll } from '../../helpers/journal-rig.ts';
import {
  append,
  assertCounted,
  copyOf,
  create,
  damage,
  filled,
  IDS,
  keepAll,
  loseAll,
  type Running,
  segmentsOf,
  snapshotsOf,
  snapshotted,
  start,
} from './rig.ts';

const found = async (disk: ModelDisk, live = false) => (await verify(disk.session(), live)).damages;

/** Ids of the spans in a segment. */
function idsIn(disk: ModelDisk, path: string): readonly number[] {
  const text = disk.files.get(path)?.toString('latin1') ?? '';
  return [...text.matchAll(/"name":"(\d+)"/g)].map(([, name]) => Number(name));
}

function firstOf(path: string): number {
  return Number(path.slice('journal/'.length, -'.log'.length));
}

const without = (lost: readonly number[]) => IDS.filter((id) => !lost.includes(id));

/** Starts twice, takes more, and has it all in the end: the repair has left nothing behind that a later start would trip over. */
async function assertGoesOn(disk: ModelDisk, ids: readonly number[]): Promise<Running> {
  let running = await start(disk);
  assertCounted(running, ids);
  assert.equal(running.observer.count('spanmeter_journal_corrupt_records_total'), 0);
  await append(running, 101);
  disk.restart(loseAll);
  running = await start(disk);
  assertCounted(running, [...ids, 101]);
  await append(running, 102);
  await running.journal.close(never);
  disk.restart(loseAll);
  running = await start(disk);
  assertCounted(running, [...ids, 101, 102]);
  assert.deepEqual(await found(disk, true), []);
  return running;
}

describe('a journal that is whole', () => {
  it('has nothing to find and nothing to repair', async () => {
    const disk = await snapshotted();
    const before = copyOf(disk).files;
    const { records, files } = await verify(disk.session(), false);
    assert.deepEqual([await found(disk), files], [[], segmentsOf(disk).length + 2]);
    assert.ok(records > IDS.length);
    await inspect(disk.session(), false);
    assert.deepEqual(disk.files, before, 'looking changes nothing');
    assert.deepEqual(await repair(disk.session()), []);
    await assertGoesOn(disk, IDS);
  });

  it('may end in the middle of a record: torn where nobody writes, and nothing where a daemon does', async () => {
    const disk = await filled(IDS);
    const path = segmentsOf(disk).at(-1)!;
    const content = disk.files.get(path)!;
    const whole = (await verify(disk.session(), false)).records;
    disk.put(path, content.subarray(0, -7));
    assert.deepEqual(await found(disk, true), []);
    const [torn, ...more] = await found(disk);
    assert.deepEqual([torn?.kind, torn?.file, torn?.records, more], ['torn', path, 0, []]);
    assert.equal((await verify(disk.session(), false)).records, whole - 1);
    assert.deepEqual(await repair(disk.session()), []);
  });

  it('shows what waits for an exporter, as a daemon that starts now has it', async () => {
    const disk = await snapshotted();
    const running = await start(disk);
    const taken = await running.reader.next({ bytes: 1e9, spans: 10 }, never);
    running.reader.done(taken);
    await running.journal.close(never);
    disk.restart(keepAll);
    const { cursors, segments, snapshots } = await inspect(disk.session(), false);
    const { reader } = await start(disk);
    const { records, spans, bytes } = reader.backlog;
    const [{ seq, timeMs: oldestMs } = assert.fail()] = await takeAll(reader);
    assert.deepEqual(cursors, [{ exporter: 'tempo', seq: seq - 1, waiting: { records, spans, bytes, oldestMs } }]);
    assert.equal(spans, IDS.length - 10);
    assert.deepEqual([snapshots.length, snapshots.every(({ whole }) => whole)], [2, true]);
    for (const [index, { lastSeq = 0, firstSeq = 0 }] of segments.slice(1).entries()) {
      assert.equal(firstSeq, segments[index]!.lastSeq! + 1);
      assert.ok(lastSeq >= firstSeq);
    }
  });
});

describe('damage that was acknowledged', () => {
  it('in the middle is found at its place and given up: exactly that record', async () => {
    const disk = await filled(IDS);
    const path = segmentsOf(disk)[1]!;
    const at = disk.files.get(path)!.indexOf('"name":"20"');
    damage(disk, path, at + 1);
    for (const live of [true, false]) {
      const [one, ...more] = await found(disk, live);
      assert.deepEqual([one?.kind, one?.file, one?.records, more], ['corrupt', path, 1, []]);
      assert.ok(one!.offset < at && at < one!.offset + one!.bytes);
    }
    const before = await found(disk);
    assert.deepEqual(await repair(disk.session()), before);
    assert.deepEqual(await found(disk), []);
    assert.ok(disk.files.has(path.replace('journal/', 'quarantine/')));
    await assertGoesOn(disk, without([20]));
  });

  for (const kind of ['missing', 'corrupt', 'header'] as const) {
    it(`of a whole segment: ${kind}`, async () => {
      const disk = await filled(IDS);
      const path = segmentsOf(disk)[1]!;
      const lost = kind === 'header' ? [] : idsIn(disk, path);
      if (kind === 'missing') disk.remove(path);
      else if (kind === 'header') damage(disk, path, 5);
      else disk.put(path, Buffer.alloc(disk.files.get(path)!.length, 1));
      const damages = await found(disk);
      const records = damages.reduce((sum, one) => sum + one.records!, 0);
      assert.equal(records, lost.length);
      assert.ok(damages.some((one) => one.file === path && one.kind === (kind === 'missing' ? 'missing' : 'corrupt')));
      assert.deepEqual(await repair(disk.session()), damages);
      assert.deepEqual(await found(disk), []);
      await assertGoesOn(disk, without(lost));
    });
  }

  it('in several places at once', async () => {
    const disk = await filled(IDS);
    const [, second = '', third = '', fourth = ''] = segmentsOf(disk);
    const lost = [...idsIn(disk, third).slice(0, 1), ...idsIn(disk, second).slice(-1), ...idsIn(disk, fourth)];
    for (const id of lost.slice(0, 2)) {
      const path = idsIn(disk, third).includes(id) ? third : second;
      damage(
        disk,
        path,
        disk.files.get(path)!.lastIndexOf(Buffer.from([0xc5, 0x9a]), disk.files.get(path)!.indexOf(`"name":"${id}"`)) + 9,
      );
    }
    disk.remove(fourth);
    const damages = await repair(disk.session());
    assert.equal(
      damages.reduce((sum, { records = 0 }) => sum + records, 0),
      lost.length,
    );
    assert.deepEqual(await found(disk), []);
    await assertGoesOn(disk, without(lost));
  });

  it('of one snapshot costs nothing', async () => {
    const disk = await snapshotted();
    damage(disk, snapshotsOf(disk).at(-1)!, 200);
    const [one, ...more] = await repair(disk.session());
    assert.deepEqual([one?.kind, one?.records, more], ['corrupt', 0, []]);
    await assertGoesOn(disk, IDS);
  });
});

/** No snapshot is whole and the log does not reach back to its start. */
async function refused(): Promise<Readonly<{ disk: ModelDisk; left: readonly number[]; forgotten: number }>> {
  const disk = await snapshotted();
  for (const path of snapshotsOf(disk)) damage(disk, path, 200);
  for (const path of segmentsOf(disk).slice(0, 2)) disk.remove(path);
  const left = segmentsOf(disk).flatMap((path) => idsIn(disk, path));
  return { disk, left: IDS.filter((id) => left.includes(id)), forgotten: firstOf(segmentsOf(disk)[0]!) - 1 };
}

const refuses = (disk: ModelDisk) =>
  assert.rejects(create(disk).journal.start(), (error) => error instanceof JournalError && error.exitCode === 65);

describe('a journal that a daemon refuses', () => {
  it('starts after a repair, counts what is left, sends it, and goes on', async () => {
    const { disk, left, forgotten } = await refused();
    for (const _ of [1, 2]) await refuses(disk);
    const damages = await found(disk);
    assert.equal(damages.filter(({ file }) => file.includes('snapshot')).length, 2, 'a start that refuses takes nothing away');
    assert.deepEqual(damages.at(-1), {
      kind: 'missing',
      file: 'journal/0000000000000001.log',
      offset: 0,
      bytes: 0,
      records: forgotten,
    });
    assert.deepEqual(await repair(disk.session()), damages);
    assert.deepEqual(await found(disk), []);
    const running = await assertGoesOn(disk, left);
    assert.deepEqual(namesOf(await takeAll(running.reader)), [...left, 101, 102].map(String));
  });

  it('keeps to what was read at the first start, though the config changes', async () => {
    const { disk, left } = await refused();
    await repair(disk.session());
    assertCounted(await start(disk), left);
    disk.restart(loseAll);
    const { journal } = diskJournal({ disk: disk.session(), segmentBytes: 4_096 });
    const [fold, late] = [new MoneyFold(), new MoneyFold('late')];
    journal.bind(graphOf([fold, late], ['tempo']));
    await journal.start();
    assert.equal(late.countByName.size, 0, 'what is new begins now');
    assert.equal(fold.countByName.size, left.length);
  });

  it('is repaired by running it again after a crash at any step', async () => {
    const { disk: first, left } = await refused();
    for (let operations = 1; ; operations++) {
      const disk = copyOf(first);
      const died = disk.crashAfter(operations);
      const over = await Promise.race([repair(disk.session()).then(() => true), died.then(() => false)]);
      disk.restart(chooser(operations));
      await repair(disk.session());
      assertCounted(await start(disk), left);
      if (over) return;
    }
  });

  it('because nothing of it can be told from other bytes begins anew', async () => {
    const disk = await filled([1, 2]);
    const [path = ''] = segmentsOf(disk);
    assert.equal(segmentsOf(disk).length, 1);
    damage(disk, path, 33);
    await refuses(disk);
    const [one, ...more] = await repair(disk.session());
    assert.deepEqual([one?.kind, one?.file, one?.records, more], ['corrupt', path, undefined, []]);
    assert.ok(disk.files.has(path.replace('journal/', 'quarantine/')));
    assertCounted(await start(disk), []);
  });

  it('because it is of a newer version is left as it is', async () => {
    const disk = await filled(IDS);
    const path = segmentsOf(disk)[1]!;
    const content = Buffer.from(disk.files.get(path)!);
    content.writeUInt16LE(2, 4);
    content.writeUInt32LE(crc32(content.subarray(0, 36)), 36);
    disk.put(path, content);
    const before = copyOf(disk).files;
    for (const act of [() => repair(disk.session()), () => verify(disk.session(), false), () => inspect(disk.session(), false)]) {
      await assert.rejects(
        act(),
        (error) => error instanceof JournalError && error.exitCode === 65 && /use a newer one/.test(error.message),
      );
    }
    assert.deepEqual(disk.files, before);
  });
});

describe('quarantine', () => {
  const kept = (disk: ModelDisk) => [...disk.files].filter(([path]) => path.startsWith('quarantine/'));

  it('keeps every damage that a file has ever had, and each once', async () => {
    const disk = await filled(IDS);
    const wrecked = new Map(segmentsOf(disk).map((path) => [path, Buffer.alloc(disk.files.get(path)!.length, 0x11)]));
    for (const [path, content] of wrecked) disk.put(path, content);
    await repair(disk.session());
    assert.deepEqual(
      kept(disk).map(([, content]) => content),
      [...wrecked.values()],
    );
    const running = await start(disk);
    for (const id of IDS) await append(running, id);
    disk.restart(loseAll);
    const [path = ''] = segmentsOf(disk);
    for (const at of [disk.files.get(path)!.length - 10, 10]) {
      damage(disk, path, at);
      const content = disk.files.get(path)!;
      const before = kept(disk).length;
      for (const session of [disk.session(), disk.session()]) await quarantine(session, path);
      assert.equal(kept(disk).length, before + 1);
      assert.ok(kept(disk).at(-1)?.[1].equals(content));
    }
    const content = disk.files.get(path)!;
    const before = kept(disk).length;
    await setAside(disk.session(), path);
    assert.equal(disk.files.has(path), false);
    disk.put(path, Buffer.from(content));
    await setAside(disk.session(), path);
    assert.equal(kept(disk).length, before, 'it was there');
    assert.equal(disk.files.has(path), false);
  });

  it('needs no room for files that are given up as a whole', async () => {
    const disk = await filled(IDS);
    for (const path of segmentsOf(disk)) disk.put(path, Buffer.alloc(disk.files.get(path)!.length, 0x11));
    const segments = segmentsOf(disk).length;
    disk.freeBytes = 0;
    await repair(disk.session());
    assert.deepEqual([segmentsOf(disk).length, kept(disk).length], [0, segments]);
  });
});
