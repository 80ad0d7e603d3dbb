/** What an append promises: order, bytes, numbers, all at once. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { IntakeError } from '../../../src/component/errors.ts';
import {
  batchOf,
  entriesOf,
  graphOf,
  namesOf,
  never,
  type OpenRig,
  readerOf,
  SpanFold,
  spanOf,
  takeAll,
  UNLIMITED,
} from '../../helpers/journal-rig.ts';

export function journalAppend(rig: OpenRig): void {
  describe('append', () => {
    it('folds before it resolves and wakes readers after', async () => {
      const { journal } = await rig();
      const events: string[] = [];
      const fold = new (class extends SpanFold {
        override apply(): void {
          events.push('folded');
        }
      })();
      const reader = journal.bind(graphOf([fold], ['tempo'])).get('tempo')!;
      const reading = reader.next(UNLIMITED, never).then(() => events.push('read'));
      await journal.append(entriesOf(1)).then(() => events.push('appended'));
      await reading;
      assert.deepEqual(events, ['folded', 'appended', 'read']);
    });

    it('hands out the bytes that came, byte for byte', async () => {
      const { journal } = await rig();
      const reader = readerOf(journal);
      const batch = batchOf(spanOf(1), spanOf(2));
      await journal.append([{ pipelines: ['traces'], batch }]);
      const [record] = await takeAll(reader);
      assert.deepEqual(record?.bytes, batch.encoded?.bytes);
      assert.deepEqual([record?.signal, record?.encoding, record?.mergeable, record?.spans], ['traces', 'json', true, 2]);
    });

    it('numbers records upwards and never lets their time fall, whatever the clock does', async () => {
      let nowMs = 0;
      const { journal } = await rig({ now: () => nowMs });
      const reader = readerOf(journal);
      for (const [id, ms] of [5000, 1000, 6000].entries()) {
        nowMs = ms;
        await journal.append(entriesOf(id));
      }
      const taken = await takeAll(reader);
      assert.deepEqual(
        taken.map(({ timeMs }) => timeMs),
        [5000, 5000, 6000],
      );
      const seqs = taken.map(({ seq }) => seq);
      assert.deepEqual(
        [...new Set(seqs)].sort((one, other) => one - other),
        seqs,
      );
    });

    it('gives a fold the record that the reader gets', async () => {
      const { journal } = await rig();
      const fold = new SpanFold();
      const reader = journal.bind(graphOf([fold], ['tempo'])).get('tempo')!;
      await journal.append(entriesOf(1));
      const [record] = await takeAll(reader);
      assert.deepEqual(
        fold.records.map(({ seq, timeMs }) => [seq, timeMs]),
        [[record?.seq, record?.timeMs]],
      );
    });

    it('takes many requests at once and loses or doubles none', async () => {
      const { journal } = await rig();
      const fold = new SpanFold();
      const reader = journal.bind(graphOf([fold], ['tempo'])).get('tempo')!;
      const ids = Array.from({ length: 200 }, (_, index) => index);
      const appended = await Promise.all([...ids, ...ids].map((id) => journal.append(entriesOf(id))));
      assert.equal(
        appended.reduce((sum, { added }) => sum + added, 0),
        200,
      );
      assert.deepEqual(fold.names.toSorted(), ids.map(String).toSorted());
      assert.deepEqual(namesOf(await takeAll(reader)), fold.names);
    });

    it('adds nothing for a batch without spans', async () => {
      const { journal } = await rig();
      const reader = readerOf(journal);
      assert.deepEqual(await journal.append([{ pipelines: ['traces'], batch: batchOf() }]), { added: 0, duplicates: 0 });
      assert.equal(reader.backlog.records, 0);
    });

    it('is refused as unavailable after close, which may come before start and twice', async () => {
      const { journal } = await rig();
      const reader = readerOf(journal);
      await journal.append(entriesOf(1));
      await journal.close(never);
      await journal.close(never);
      await assert.rejects(journal.append(entriesOf(2)), (error) => error instanceof IntakeError && error.code === 'unavailable');
      assert.deepEqual(namesOf(await takeAll(reader)), ['1'], 'what was taken in before is there still');
    });
  });
}
