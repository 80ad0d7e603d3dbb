/** Damage in what was acknowledged: counted, told, put aside; what is whole is used. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { JournalError } from '../../../src/journal/journal-error.ts';
import { ModelDisk } from '../../fault/model-disk.ts';
import { diskJournal } from '../../helpers/disk-journal.ts';
import { drops, graphOf, namesOf, never, takeAll } from '../../helpers/journal-rig.ts';
import { until } from '../../helpers/until.ts';
import {
  append,
  assertCounted,
  copyOf,
  create,
  damage,
  filled,
  IDS,
  loseAll,
  segmentsOf,
  snapshotsOf,
  snapshotted,
  start,
} from './rig.ts';

/** Of the spans in a segment. */
function idsIn(segment: Buffer): readonly number[] {
  return Array.from(segment.toString('latin1').matchAll(/"name":"(\d+)"/g), ([, name]) => Number(name));
}

describe('damage in the log', () => {
  it('in the middle of a segment costs the records it hits and no other', async () => {
    const disk = await filled(IDS);
    const path = segmentsOf(disk)[1]!;
    const content = disk.files.get(path)!;
    damage(disk, path, content.indexOf('"name":"20"') + 1);
    const running = await start(disk);
    assertCounted(
      running,
      IDS.filter((id) => id !== 20),
    );
    assert.equal(running.observer.count('spanmeter_journal_corrupt_records_total'), 1);
    assert.match(running.observer.text, /records of the journal are damaged.*"file":"journal\/\d+\.log","offset":\d+/);
    assert.ok(disk.files.has(path.replace('journal/', 'quarantine/')));
    assert.deepEqual(await append(running, 20), { added: 1, duplicates: 0 });
    disk.restart(loseAll);
    const again = await start(disk);
    assert.equal(again.observer.count('spanmeter_journal_corrupt_records_total'), 0, 'told once');
  });

  it('in a header costs one record', async () => {
    const disk = await filled(IDS);
    const path = segmentsOf(disk)[1]!;
    const content = disk.files.get(path)!;
    damage(disk, path, content.lastIndexOf(Buffer.from([0xc5, 0x9a]), content.indexOf('"name":"20"')) + 9);
    const running = await start(disk);
    assertCounted(
      running,
      IDS.filter((id) => id !== 20),
    );
  });

  it('that takes a whole segment, or its header, or its content', async () => {
    for (const kind of ['missing', 'empty', 'header']) {
      const disk = await filled(IDS);
      const path = segmentsOf(disk)[1]!;
      const lost = idsIn(disk.files.get(path)!);
      assert.ok(lost.length > 1);
      if (kind === 'missing') disk.remove(path);
      else if (kind === 'empty') disk.put(path, Buffer.alloc(0));
      else damage(disk, path, 5);
      const running = await start(disk);
      assertCounted(running, kind === 'header' ? IDS : IDS.filter((id) => !lost.includes(id)));
      assert.equal(running.observer.count('spanmeter_journal_corrupt_records_total'), kind === 'header' ? 0 : lost.length);
      if (kind !== 'header') continue;
      assert.deepEqual(running.observer.sentences('error'), [
        'the header of a segment is damaged; the file is kept in quarantine',
      ]);
      assert.match(running.observer.text, new RegExp(`"file":"${path}"`));
      assert.ok(disk.files.has(path.replace('journal/', 'quarantine/')));
    }
  });

  it('is told and costs no start where there is no room to keep a copy; the file stays where it is', async () => {
    const disk = await snapshotted();
    const [newest = ''] = snapshotsOf(disk).slice(-1);
    damage(disk, newest, 200);
    const path = segmentsOf(disk).at(-1)!;
    damage(disk, path, disk.files.get(path)!.indexOf('"name":"39"') + 1);
    damage(disk, segmentsOf(disk).at(-2)!, 5);
    const full = disk.session();
    const noRoom = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    const running = await start(disk, {
      disk: { ...full, makeDir: async (folder) => (folder === 'quarantine' ? Promise.reject(noRoom) : full.makeDir(folder)) },
    });
    assertCounted(
      running,
      IDS.filter((id) => id !== 39),
    );
    assert.equal(running.observer.count('spanmeter_journal_corrupt_records_total'), 1);
    const told = running.observer.sentences('error');
    assert.equal(
      told.filter((sentence) => sentence === 'cannot keep a damaged file in quarantine; it stays where it is').length,
      3,
    );
    assert.ok(disk.files.has(newest) && disk.files.has(path));
  });

  it('at the end of a segment is that of this segment, and not of the next', async () => {
    const disk = await filled(IDS);
    const path = segmentsOf(disk)[1]!;
    damage(disk, path, disk.files.get(path)!.length - 2);
    const { observer } = await start(disk);
    assert.ok(observer.text.includes(`"file":"${path}"`), observer.text);
    assert.ok(disk.files.has(path.replace('journal/', 'quarantine/')));
  });

  it('leaves what is not ours alone', async () => {
    const disk = await filled(IDS);
    const other = await filled([100], { randomBytes: (count) => Buffer.alloc(count, 8) });
    disk.put('journal/0000000000000099.log', other.files.get(segmentsOf(other)[0]!)!);
    disk.put('journal/notes.txt', Buffer.from('mine'));
    const running = await start(disk);
    assertCounted(running, IDS);
    assert.deepEqual(running.observer.sentences('warn'), [
      'a file in the journal is not ours; it is left alone',
      'a file in the journal is not ours; it is left alone',
    ]);
    assert.ok(disk.files.has('journal/notes.txt') && disk.files.has('journal/0000000000000099.log'));
  });

  it('of the newest snapshot costs time and nothing else', async () => {
    const disk = await snapshotted();
    const newest = snapshotsOf(disk).at(-1)!;
    damage(disk, newest, 200);
    const running = await start(disk);
    assertCounted(running, IDS);
    assert.ok(disk.files.has(newest.replace('journal/', 'quarantine/')));
    assert.match(running.observer.text, /a snapshot is damaged/);
  });

  it('of both snapshots costs nothing while the log reaches back to its start, and else ends the start', async () => {
    const disk = await snapshotted();
    for (const path of snapshotsOf(disk)) damage(disk, path, 200);
    const short = copyOf(disk);
    assertCounted(await start(disk), IDS);
    short.remove(segmentsOf(short)[0]!);
    await assert.rejects(create(short).journal.start(), (error) => error instanceof JournalError && error.exitCode === 65);
  });

  it('that is a newer format ends the start', async () => {
    const disk = await filled(IDS);
    const path = segmentsOf(disk)[1]!;
    const content = Buffer.from(disk.files.get(path)!);
    content.writeUInt16LE(2, 4);
    const { crc32 } = await import('node:zlib');
    content.writeUInt32LE(crc32(content.subarray(0, 36)), 36);
    disk.put(path, content);
    await assert.rejects(create(disk).journal.start(), (error) => error instanceof JournalError && error.exitCode === 65);
  });
});

describe('damage in what only a destination still needs', () => {
  /** All of it is in the newest snapshot, so that a start reads none of it. */
  async function waiting(): Promise<ModelDisk> {
    const disk = new ModelDisk();
    const running = await start(disk);
    for (const id of IDS) await append(running, id);
    await running.journal.close(never);
    disk.restart(loseAll);
    return disk;
  }

  for (const part of ['payload', 'header']) {
    it(`of a ${part} costs the destination that record, counted to the span`, async () => {
      const disk = await waiting();
      const path = segmentsOf(disk)[1]!;
      const content = disk.files.get(path)!;
      const at = content.indexOf('"name":"20"');
      damage(disk, path, part === 'payload' ? at + 1 : content.lastIndexOf(Buffer.from([0xc5, 0x9a]), at) + 9);
      const running = await start(disk);
      assertCounted(running, IDS);
      const { reader, observer } = running;
      assert.equal(reader.backlog.spans, IDS.length);
      assert.deepEqual(namesOf(await takeAll(reader)), IDS.filter((id) => id !== 20).map(String));
      assert.deepEqual(drops(observer), [['tempo', 'corrupt', 1]]);
      assert.equal(reader.backlog.spans, IDS.length - 1);
      assert.equal(observer.count('spanmeter_journal_corrupt_records_total'), 1);
      assert.match(observer.text, /records of the journal are damaged.*"file":"journal\/\d+\.log","offset":\d+/);
      await until('it is kept aside', () => disk.files.has(path.replace('journal/', 'quarantine/')));
    });
  }

  it('at the end of a segment is that of this segment, and not of the next', async () => {
    const disk = await waiting();
    const path = segmentsOf(disk)[1]!;
    damage(disk, path, disk.files.get(path)!.length - 2);
    const { reader, observer } = await start(disk);
    await takeAll(reader);
    assert.ok(observer.text.includes(`"file":"${path}"`), observer.text);
    await until('it is kept aside', () => disk.files.has(path.replace('journal/', 'quarantine/')));
    assert.equal([...disk.files.keys()].filter((kept) => kept.startsWith('quarantine/')).length, 1);
  });

  it('is told once, however many destinations miss it', async () => {
    const disk = new ModelDisk();
    const graph = graphOf([], ['cloud', 'tempo']);
    const before = diskJournal({ disk: disk.session(), segmentBytes: 4_096 }).journal;
    before.bind(graph);
    await before.start();
    for (const id of IDS) await append({ journal: before }, id);
    await before.close(never);
    disk.restart(loseAll);
    const path = segmentsOf(disk)[1]!;
    damage(disk, path, disk.files.get(path)!.indexOf('"name":"20"') + 1);
    const { journal, observer } = diskJournal({ disk: disk.session(), segmentBytes: 4_096 });
    const readers = journal.bind(graph);
    await journal.start();
    for (const reader of readers.values()) assert.equal((await takeAll(reader)).length, IDS.length - 1);
    assert.deepEqual(drops(observer), [
      ['cloud', 'corrupt', 1],
      ['tempo', 'corrupt', 1],
    ]);
    assert.equal(observer.count('spanmeter_journal_corrupt_records_total'), 1);
  });

  for (const when of ['before the start', 'while it runs']) {
    it(`that is a segment deleted ${when} costs what was in it`, async () => {
      const disk = await waiting();
      const path = segmentsOf(disk)[1]!;
      const lost = idsIn(disk.files.get(path)!);
      assert.ok(lost.length > 1);
      if (when === 'before the start') disk.remove(path);
      const { reader, observer } = await start(disk);
      if (when === 'while it runs') disk.remove(path);
      assert.deepEqual(namesOf(await takeAll(reader)), IDS.filter((id) => !lost.includes(id)).map(String));
      assert.deepEqual(drops(observer), [['tempo', 'corrupt', lost.length]]);
      assert.equal(observer.count('spanmeter_journal_corrupt_records_total'), lost.length);
    });
  }

  it('behind the place of a destination costs it nothing', async () => {
    const disk = new ModelDisk();
    const before = await start(disk);
    for (const id of IDS) await append(before, id);
    before.reader.done(await before.reader.next({ bytes: 2 ** 30, spans: 30 }, never));
    await before.journal.close(never);
    disk.restart(loseAll);
    const path = segmentsOf(disk)[0]!;
    damage(disk, path, disk.files.get(path)!.indexOf('"name":"2"') + 1);
    const { reader, observer } = await start(disk);
    assert.deepEqual(namesOf(await takeAll(reader)), IDS.slice(30).map(String));
    assert.deepEqual(drops(observer), []);
  });
});
