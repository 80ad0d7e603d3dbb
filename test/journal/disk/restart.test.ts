/** What a restart brings back: window, cursors, metrics that came and went, and the same bytes whatever way it took. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ModelDisk } from '../../fault/model-disk.ts';
import { diskJournal } from '../../helpers/disk-journal.ts';
import { batchOf, drops, graphOf, namesOf, never, SpanFold, spanOf, takeAll, UNLIMITED } from '../../helpers/journal-rig.ts';
import { until } from '../../helpers/until.ts';
import { append, assertCounted, filled, keepAll, loseAll, segmentsOf, snapshotsOf, start } from './rig.ts';

describe('after a restart', () => {
  it('copies are still copies, also in part', async () => {
    const disk = await filled([1, 2, 3]);
    const running = await start(disk);
    assert.deepEqual(await append(running, 2, 4), { added: 1, duplicates: 1 });
    assert.deepEqual(await append(running, 1), { added: 0, duplicates: 1 });
    assertCounted(running, [1, 2, 3, 4]);
  });

  it('readers go on behind what they settled', async () => {
    const disk = new ModelDisk();
    const before = await start(disk);
    for (const id of [1, 2, 3]) await append(before, id);
    const taken = await before.reader.next({ bytes: 1, spans: 1 }, never);
    before.reader.done(taken);
    await before.journal.close(never);
    disk.restart(keepAll);
    const { reader } = await start(disk);
    assert.equal(reader.backlog.records, 2);
    assert.deepEqual(namesOf(await takeAll(reader)), ['2', '3']);
  });

  it('a record that is read back holds its own bytes, and not those of others around it', async () => {
    const disk = await filled([1, 2, 3]);
    const { reader } = await start(disk);
    for (const { bytes } of await takeAll(reader)) assert.equal(bytes.buffer.byteLength, bytes.byteLength);
  });

  for (const snapshot of [true, false]) {
    it(`times are those of the records, ${snapshot ? 'from a snapshot' : 'from the log alone'}`, async () => {
      const disk = new ModelDisk();
      let nowMs = 0;
      const now = () => nowMs;
      const before = await start(disk, { now });
      for (const id of [1, 2, 3]) {
        nowMs = id * 1000;
        await append(before, id);
      }
      before.reader.done(await before.reader.next({ bytes: 1, spans: 1 }, never));
      if (snapshot) await before.journal.close(never);
      else await before.journal.close(AbortSignal.abort());
      disk.restart(keepAll);
      nowMs = 60_000;
      const { journal, reader } = await start(disk, { now });
      assert.equal(reader.backlog.oldestMs, 2000);
      assert.equal(journal.recognisedSinceMs, 1000);
    });
  }

  it('a reader that is gone has lost its backlog, counted, and a new one starts at the present', async () => {
    const disk = await filled([1, 2]);
    const { journal, observer } = diskJournal({ disk: disk.session() });
    const cloud = journal.bind(graphOf([], ['cloud'])).get('cloud')!;
    await journal.start();
    assert.deepEqual(drops(observer), [['tempo', 'reader_removed', 2]]);
    assert.equal(cloud.backlog.records, 0);
    await append({ journal }, 3);
    assert.deepEqual(namesOf(await takeAll(cloud)), ['3']);
  });

  for (const snapshot of [true, false]) {
    it(`an exporter has what came while it read a pipeline, from ${snapshot ? 'a snapshot' : 'the log'}`, async () => {
      const disk = new ModelDisk();
      const changes = [['a', 'b'], ['a'], ['b', 'c'], ['c']];
      let id = 0;
      const before = diskJournal({ disk: disk.session() }).journal;
      before.bind(graphOf([], ['tempo'], ['a']));
      await before.start();
      for (const pipelines of changes) {
        before.bind(graphOf([], ['tempo'], pipelines));
        for (const pipeline of ['a', 'b', 'c']) {
          id += 1;
          await before.append([{ pipelines: [pipeline], batch: batchOf(spanOf(id)) }]);
        }
      }
      await before.close(snapshot ? never : AbortSignal.abort());
      disk.restart(keepAll);
      const { journal, observer } = diskJournal({ disk: disk.session() });
      const reader = journal.bind(graphOf([], ['tempo'], ['b'])).get('tempo')!;
      await journal.start();
      const expected = ['1', '2', '4', '8', '9', '12'];
      assert.equal(reader.backlog.spans, expected.length);
      assert.deepEqual(namesOf(await takeAll(reader)), expected);
      assert.deepEqual(drops(observer), []);
    });
  }

  it('metrics that were added, removed, returned and redefined stand where they stood', async () => {
    const disk = new ModelDisk();
    const { journal } = diskJournal({ disk: disk.session() });
    const graphs = [['kept'], ['kept', 'added'], ['added'], ['kept', 'added']];
    let folds: SpanFold[] = [];
    const bind = (ids: readonly string[]) => {
      folds = ids.map((id) => new SpanFold(id));
      journal.bind(graphOf(folds, []));
    };
    bind(graphs[0]!);
    await journal.start();
    let id = 0;
    for (const ids of graphs) {
      bind(ids);
      for (let more = 0; more < 3; more++) await append({ journal }, ++id);
    }
    const expected = folds.map(({ names }) => names);
    assert.deepEqual(
      expected.map((names) => names.length),
      [9, 9],
    );
    disk.restart(loseAll);
    const again = diskJournal({ disk: disk.session() });
    const restored = [new SpanFold('kept'), new SpanFold('added'), new SpanFold('kept', '2')];
    again.journal.bind(graphOf(restored, []));
    await again.journal.start();
    assert.deepEqual(
      restored.map(({ names }) => names),
      [...expected, []],
    );
  });

  for (const how of ['is stopped', 'is killed'] as const) {
    it(`a metric that was removed goes on from its total when it returns, also where the daemon ${how} in between`, async () => {
      const disk = new ModelDisk();
      const open = async (fingerprint: string) => {
        const { journal } = diskJournal({ disk: disk.session() });
        const fold = new SpanFold('cost', fingerprint);
        journal.bind(graphOf([fold], []));
        await journal.start();
        return { journal, fold };
      };
      const first = await open('by model');
      for (const id of [1, 2, 3]) await append(first, id);
      first.journal.bind(graphOf([new SpanFold('cost', 'by team')], []));
      await append(first, 4);
      await first.journal.close(how === 'is stopped' ? never : AbortSignal.abort());
      disk.restart(loseAll);
      const second = await open('by team');
      assert.deepEqual(second.fold.names, ['4']);
      await append(second, 5);
      await second.journal.close(never); // its snapshot is all that the next start reads
      disk.restart(loseAll);
      const third = await open('by model');
      assert.deepEqual(third.fold.names, ['1', '2', '3']);
    });
  }

  it('says what a metric misses that was removed together with a kill', async () => {
    const disk = new ModelDisk();
    const { journal } = diskJournal({ disk: disk.session() });
    journal.bind(graphOf([new SpanFold('cost')], []));
    await journal.start();
    for (const id of [1, 2]) await append({ journal }, id);
    disk.restart(loseAll);
    const other = diskJournal({ disk: disk.session() });
    other.journal.bind(graphOf([], []));
    await other.journal.start();
    assert.match(
      other.observer.text,
      /a metric that was removed misses records.*"connector":"genai","metric":"cost","records":2/,
    );
  });

  it('after a clean stop nothing is cut, damaged or replayed', async () => {
    const disk = new ModelDisk();
    const before = await start(disk);
    for (const id of [1, 2, 3]) await append(before, id);
    await before.journal.close(never);
    disk.restart(loseAll);
    const { recovery } = (await start(disk)).journal;
    assert.deepEqual([recovery?.records, recovery?.torn, recovery?.corrupt], [0, 0, 0]);
  });

  it('a segment that was removed does not come back to hide others', async () => {
    const disk = new ModelDisk();
    const first = await start(disk);
    await first.journal.close(never);
    disk.restart(keepAll);
    const [newest] = segmentsOf(disk).slice(-1);
    disk.put('journal/0000000000000009.log', Buffer.from('cut'));
    assert.ok(newest !== undefined);
    // No segment is begun after it: that would make the folder durable.
    const running = await start(disk, { segmentBytes: 2 ** 20 });
    for (let id = 1; id < 20; id++) await append(running, id);
    disk.restart(loseAll);
    assertCounted(
      await start(disk),
      Array.from({ length: 19 }, (_, index) => index + 1),
    );
  });

  it('what was replayed counts towards the next snapshot, so that a crash loop does not make starts longer and longer', async () => {
    const disk = new ModelDisk();
    const replayed: number[] = [];
    for (let life = 0; life < 12; life++) {
      const running = await start(disk, { snapshotBytes: 2_000 });
      replayed.push(running.journal.recovery!.records);
      for (const id of [1, 2, 3]) await append(running, 10 * life + id);
      await until('nothing is under way', () => ![...disk.files.keys()].includes('journal/snapshot.tmp'));
      disk.restart(keepAll, 'kill');
    }
    assert.ok(snapshotsOf(disk).length > 0, 'a snapshot was taken');
    assert.ok(Math.max(...replayed) < 30, `${replayed}`);
  });

  it('a clean stop saves what was replayed, also where nothing was added, and then saves no more', async () => {
    const disk = await filled([1, 2, 3]);
    for (const snapshots of [1, 1, 1]) {
      const running = await start(disk);
      await running.journal.close(never);
      disk.restart(loseAll);
      assert.equal(snapshotsOf(disk).length, snapshots);
    }
    const again = await start(disk);
    assert.ok(again.journal.recovery!.records < 3, 'the records are in the snapshot');
    assertCounted(again, [1, 2, 3]);
  });

  it('the log reaches back to the older snapshot', async () => {
    const disk = new ModelDisk();
    const ids: number[] = [];
    for (let life = 0; life < 5; life++) {
      const running = await start(disk, { segmentBytes: 1_000 });
      for (let more = 0; more < 10; more++) {
        ids.push(ids.length + 1);
        await append(running, ids.length);
      }
      running.reader.done(await running.reader.next(UNLIMITED, never));
      // The last one is killed: what it deleted, it deleted by the snapshots of those before it.
      if (life < 4) await running.journal.close(never);
      else await new Promise(setImmediate);
      disk.restart(keepAll);
    }
    assert.notEqual(segmentsOf(disk)[0], 'journal/0000000000000001.log', 'old segments are gone');
    disk.put(snapshotsOf(disk).at(-1)!, Buffer.from('damaged'));
    assertCounted(await start(disk), ids);
  });

  it('the state is the same bytes with a snapshot after every record as with none', async () => {
    const state = async (snapshotBytes: number) => {
      const disk = await filled(
        Array.from({ length: 60 }, (_, index) => index + 1),
        { snapshotBytes },
      );
      const { fold } = await start(disk);
      return Buffer.from(fold.save()).toString();
    };
    assert.equal(await state(1), await state(2 ** 26));
  });
});
