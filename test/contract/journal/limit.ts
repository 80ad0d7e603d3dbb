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
      const { journal, observer } = await rig({ maxBytes: 10 * recordBytes });
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
      const { journal, observer } = await rig({ maxBytes: 5 * recordBytes });
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
  });
}
