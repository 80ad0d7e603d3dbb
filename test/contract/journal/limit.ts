/** What is given up when exporters are too far behind. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  drops,
  entriesOf,
  graphOf,
  namesOf,
  never,
  type OpenRig,
  readerOf,
  SpanFold,
  takeAll,
  UNLIMITED,
} from '../../helpers/journal-rig.ts';

export function journalLimit(rig: OpenRig): void {
  describe('at its limit', () => {
    it('gives up the oldest for the reader that is behind, counts it exactly, and goes on', async () => {
      const recordBytes = entriesOf(100)[0]?.batch.encoded?.bytes.byteLength ?? 0;
      const { journal, observer } = rig({ maxBytes: 10 * recordBytes });
      const fold = new SpanFold();
      const readers = journal.bind(graphOf([fold], ['dead', 'alive']));
      const [dead, alive] = [readers.get('dead')!, readers.get('alive')!];
      const delivered: string[] = [];
      for (let id = 100; id < 150; id++) {
        assert.deepEqual(await journal.append(entriesOf(id)), { added: 1, duplicates: 0 });
        const taken = await alive.next(UNLIMITED, never);
        delivered.push(...namesOf(taken));
        alive.done(taken);
      }
      const kept = namesOf(await takeAll(dead));
      const dropped = 50 - kept.length;
      assert.deepEqual(kept, fold.names.slice(dropped), 'the newest are there, the oldest are gone');
      assert.ok(kept.length > 0 && dropped > 0);
      assert.deepEqual([delivered, fold.names.length], [fold.names, 50]);
      assert.deepEqual(drops(observer), [['dead', 'backlog_full', dropped]]);
      assert.equal(observer.count('otelcol_exporter_enqueue_failed_spans_total'), dropped);
    });

    it('does not count as given up what is delivered', async () => {
      const recordBytes = entriesOf(100)[0]?.batch.encoded?.bytes.byteLength ?? 0;
      const { journal, observer } = rig({ maxBytes: 5 * recordBytes });
      const reader = readerOf(journal);
      await journal.append(entriesOf(100));
      const taken = await reader.next(UNLIMITED, never);
      for (let id = 101; id < 120; id++) await journal.append(entriesOf(id));
      reader.done(taken);
      const rest = await takeAll(reader);
      const lost = observer.count('spanmeter_journal_dropped_spans_total');
      assert.equal(taken.length + rest.length + lost, 20);
      reader.done(rest);
      assert.equal(reader.backlog.records, 0);
    });

    it('counts for each of two readers that are behind', async () => {
      const { journal, observer } = rig({ maxBytes: 1 });
      journal.bind(graphOf([], ['tempo', 'cloud']));
      for (const id of [1, 2, 3]) await journal.append(entriesOf(2 * id, 2 * id + 1));
      assert.deepEqual(drops(observer), [
        ['tempo', 'backlog_full', 4],
        ['cloud', 'backlog_full', 4],
      ]);
    });

    it('keeps the newest record, however large it is', async () => {
      const { journal } = rig({ maxBytes: 1 });
      const reader = readerOf(journal);
      await journal.append(entriesOf(1));
      assert.deepEqual(namesOf(await takeAll(reader)), ['1']);
    });

    it('says so once a minute, with the number', async () => {
      let nowMs = 0;
      const { journal, observer } = rig({ maxBytes: 1, now: () => nowMs });
      readerOf(journal);
      for (let id = 0; id <= 130; id++) {
        await journal.append(entriesOf(id));
        nowMs += 1000;
      }
      const told = observer.lines.map((line) => JSON.parse(line).spans);
      assert.deepEqual(told, [1, 60, 60]);
    });
  });
}
