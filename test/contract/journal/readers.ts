/** How exporters take and settle records. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Reader } from '../../../src/journal/contract.ts';
import {
  batchOf,
  drops,
  entriesOf,
  graphOf,
  namesOf,
  never,
  type OpenRig,
  readerOf,
  spanOf,
  takeAll,
  takeNow,
  UNLIMITED,
} from '../../helpers/journal-rig.ts';

export function journalReaders(rig: OpenRig): void {
  describe('readers', () => {
    it('wait for a record and get it', async () => {
      const { journal } = await rig();
      const reader = readerOf(journal);
      const taking = reader.next(UNLIMITED, never);
      await journal.append(entriesOf(1));
      assert.deepEqual(namesOf(await taking), ['1']);
    });

    it('reject with the abort reason, and lose nothing by it', async () => {
      const { journal } = await rig();
      const reader = readerOf(journal);
      const abort = new AbortController();
      const taking = reader.next(UNLIMITED, abort.signal);
      abort.abort(new Error('stopping'));
      await assert.rejects(taking, /stopping/);
      await journal.append(entriesOf(1));
      await assert.rejects(reader.next(UNLIMITED, abort.signal), /stopping/);
      assert.deepEqual(namesOf(await reader.next(UNLIMITED, never)), ['1']);
    });

    it('never give a record to two of their consumers', async () => {
      const { journal } = await rig();
      const reader = readerOf(journal);
      const taking = [1, 2, 3].map(() => reader.next({ bytes: 1, spans: 1 }, never));
      for (const id of [1, 2, 3]) await journal.append(entriesOf(id));
      assert.deepEqual((await Promise.all(taking)).map(namesOf), [['1'], ['2'], ['3']]);
      assert.deepEqual(await takeNow(reader), []);
    });

    it('take up to the limit, but at least one record', async () => {
      const { journal } = await rig();
      const reader = readerOf(journal);
      for (const id of [1, 2, 3, 4, 5]) await journal.append(entriesOf(2 * id, 2 * id + 1));
      const recordBytes = (entriesOf(2, 3)[0]?.batch.encoded?.bytes.byteLength ?? 0) + 2; // ids of two digits are longer
      const takes = [
        await takeNow(reader, { bytes: 1, spans: 1 }),
        await takeNow(reader, { bytes: 1e6, spans: 5 }),
        await takeNow(reader, { bytes: recordBytes, spans: 1e6 }),
        await takeNow(reader),
      ];
      assert.deepEqual(
        takes.map((taken) => namesOf(taken).filter((_, index) => index % 2 === 0)),
        [['2'], ['4', '6'], ['8'], ['10']],
      );
    });

    it('take a record that cannot be merged alone', async () => {
      const { journal } = await rig();
      const reader = readerOf(journal);
      const { encoded } = batchOf(spanOf(2));
      const unmergeable = { ...batchOf(spanOf(2)), encoded: encoded && { ...encoded, mergeable: false } };
      await journal.append(entriesOf(1));
      await journal.append([{ pipelines: ['traces'], batch: unmergeable }]);
      await journal.append(entriesOf(3));
      await journal.append(entriesOf(4));
      const takes = [await takeNow(reader), await takeNow(reader), await takeNow(reader)];
      assert.deepEqual(takes.map(namesOf), [['1'], ['2'], ['3', '4']]);
    });

    it('settle in any order; the backlog is what is not settled', async () => {
      let nowMs = 0;
      const { journal } = await rig({ now: () => nowMs });
      const reader = readerOf(journal);
      for (const id of [1, 2, 3]) {
        nowMs = 1000 * id;
        await journal.append(entriesOf(id));
      }
      const [first, second] = [await takeNow(reader, { bytes: 1, spans: 1 }), await takeNow(reader, { bytes: 1, spans: 1 })];
      const size = first[0]?.bytes.byteLength ?? 0;
      assert.deepEqual(reader.backlog, { records: 3, spans: 3, bytes: 3 * size, oldestMs: 1000 });
      reader.done(second);
      assert.deepEqual(reader.backlog, { records: 2, spans: 2, bytes: 2 * size, oldestMs: 1000 });
      reader.done(first);
      reader.done(first);
      assert.deepEqual(reader.backlog, { records: 1, spans: 1, bytes: size, oldestMs: 3000 });
      reader.done(await takeNow(reader));
      assert.deepEqual(reader.backlog, { records: 0, spans: 0, bytes: 0, oldestMs: undefined });
    });

    it('do not hold each other up when one never settles', async () => {
      const { journal } = await rig();
      const readers = journal.bind(graphOf([], ['dead', 'alive']));
      const [dead, alive] = [readers.get('dead')!, readers.get('alive')!];
      for (let id = 0; id < 100; id++) {
        await journal.append(entriesOf(id));
        if (id === 0) assert.equal((await dead.next(UNLIMITED, never)).length, 1);
        alive.done(await alive.next(UNLIMITED, never));
      }
      assert.equal(alive.backlog.records, 0);
      assert.equal(dead.backlog.records, 100);
    });

    it('get the records of their pipelines, and one of two pipelines once', async () => {
      const { journal } = await rig();
      const readers = journal.bind({
        folds: [],
        readers: [
          { id: 'both', pipelines: new Set(['traces/a', 'traces/b']) },
          { id: 'one', pipelines: new Set(['traces/b']) },
        ],
      });
      await journal.append([{ pipelines: ['traces/a', 'traces/b'], batch: batchOf(spanOf(1)) }]);
      await journal.append([{ pipelines: ['traces/a'], batch: batchOf(spanOf(2)) }]);
      assert.deepEqual(namesOf(await takeAll(readers.get('both')!)), ['1', '2']);
      assert.deepEqual(namesOf(await takeAll(readers.get('one')!)), ['1']);
    });

    it('start at the present, and keep their place in the next graph', async () => {
      const { journal } = await rig();
      const before = readerOf(journal);
      await journal.append(entriesOf(1));
      const after = journal.bind(graphOf([], ['cloud', 'tempo']));
      await journal.append(entriesOf(2));
      assert.equal(after.get('tempo'), before);
      assert.deepEqual(namesOf(await takeAll(before)), ['1', '2']);
      assert.deepEqual(namesOf(await takeAll(after.get('cloud')!)), ['2']);
    });

    it('have what came while they read its pipeline, however often that changes', async () => {
      const { journal, observer } = await rig();
      const readers: Reader[] = [];
      let id = 0;
      for (const pipelines of [['a'], ['a', 'b'], ['b'], ['a', 'b', 'c'], ['c']]) {
        readers.push(journal.bind({ folds: [], readers: [{ id: 'tempo', pipelines: new Set(pipelines) }] }).get('tempo')!);
        for (const pipeline of ['a', 'b', 'c']) {
          id += 1;
          await journal.append([{ pipelines: [pipeline], batch: batchOf(spanOf(id)) }]);
        }
        await journal.append([{ pipelines: ['a', 'c'], batch: batchOf(spanOf(++id)) }]);
      }
      const [tempo] = readers;
      assert.ok(tempo !== undefined && readers.every((reader) => reader === tempo));
      const expected = ['1', '4', '5', '6', '8', '10', '13', '14', '15', '16', '19', '20'];
      assert.equal(tempo.backlog.records, expected.length);
      const taken = await takeAll(tempo);
      assert.deepEqual(namesOf(taken), expected);
      tempo.done(taken);
      assert.deepEqual([tempo.backlog.records, drops(observer)], [0, []]);
    });

    it('that are removed lose their backlog, counted and told, and get nothing more', async () => {
      const { journal, observer } = await rig();
      const readers = journal.bind(graphOf([], ['tempo', 'cloud']));
      const tempo = readers.get('tempo')!;
      await journal.append(entriesOf(1, 2));
      const taken = await tempo.next(UNLIMITED, never);
      await journal.append(entriesOf(3));
      journal.bind(graphOf([], ['cloud']));
      await journal.append(entriesOf(4));
      tempo.done(taken);
      assert.equal(tempo.backlog.records, 0);
      assert.deepEqual(drops(observer), [['tempo', 'reader_removed', 3]]);
      assert.equal(observer.count('otelcol_exporter_enqueue_failed_spans_total'), 3);
      assert.match(observer.text, /spans are given up for an exporter.*"exporter":"tempo","reason":"reader_removed","spans":3/);
      assert.deepEqual(namesOf(await takeAll(readers.get('cloud')!)), ['1', '2', '3', '4']);
    });

    it('that are removed with nothing left are no news', async () => {
      const { journal, observer } = await rig();
      readerOf(journal);
      journal.bind(graphOf([], []));
      assert.deepEqual([drops(observer), observer.lines], [[], []]);
    });

    it('that return start at the present', async () => {
      const { journal } = await rig();
      readerOf(journal);
      await journal.append(entriesOf(1));
      journal.bind(graphOf([], []));
      await journal.append(entriesOf(2));
      assert.deepEqual(await takeNow(readerOf(journal)), []);
    });
  });
}
