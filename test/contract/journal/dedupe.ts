/** Which spans an append takes as copies. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  batchOf,
  entriesOf,
  graphOf,
  namesOf,
  type OpenRig,
  readerOf,
  SpanFold,
  spanOf,
  takeAll,
} from '../../helpers/journal-rig.ts';

export function journalDedupe(rig: OpenRig): void {
  describe('dedupe', () => {
    const one = (id: number, pipelines: readonly string[], cost?: string) => [{ pipelines, batch: batchOf(spanOf(id, cost)) }];

    it('keeps one copy of a body that comes twice', async () => {
      const { journal, observer } = await rig();
      const fold = new SpanFold();
      const reader = journal.bind(graphOf([fold], ['tempo'])).get('tempo')!;
      assert.deepEqual(await journal.append(entriesOf(1, 2)), { added: 2, duplicates: 0 });
      assert.deepEqual(await journal.append(entriesOf(1, 2)), { added: 0, duplicates: 2 });
      assert.deepEqual(fold.names, ['1', '2']);
      assert.equal((await takeAll(reader)).length, 1);
      assert.equal(observer.count('spanmeter_journal_duplicate_spans_total'), 2);
    });

    it('lets the first copy stay when the second one tells another cost, also within one body', async () => {
      const { journal } = await rig();
      const reader = readerOf(journal);
      const batch = batchOf(spanOf(1, '0.1'), spanOf(1, '0.2'));
      assert.deepEqual(await journal.append([{ pipelines: ['traces'], batch }]), { added: 1, duplicates: 1 });
      await journal.append(one(1, ['traces'], '0.3'));
      const costs = (await takeAll(reader)).map(({ bytes }) => Buffer.from(bytes).toString().match(/0\.\d/g));
      assert.deepEqual(costs, [['0.1']]);
    });

    it('keeps the new spans of a body that is partly known', async () => {
      const { journal } = await rig();
      const reader = readerOf(journal);
      await journal.append(entriesOf(1, 2));
      assert.deepEqual(await journal.append(entriesOf(2, 3, 1, 4)), { added: 2, duplicates: 2 });
      const [, record] = await takeAll(reader);
      assert.deepEqual(namesOf(record === undefined ? [] : [record]), ['3', '4']);
      assert.equal(record?.spans, 2);
    });

    it('compares ids without regard to case', async () => {
      const { journal } = await rig();
      await journal.append(entriesOf(0xabc));
      const { traceId, spanId } = spanOf(0xabc);
      const batch = batchOf({ traceId: traceId.toUpperCase(), spanId: spanId.toUpperCase() });
      assert.deepEqual(await journal.append([{ pipelines: ['traces'], batch }]), { added: 0, duplicates: 1 });
    });

    it('takes a span without identity as new each time', async () => {
      const { journal, observer } = await rig();
      const fold = new SpanFold();
      journal.bind(graphOf([fold], []));
      const { traceId, spanId } = spanOf(1);
      const unkeyed = [
        { name: 'no ids' },
        { name: 'no span id', traceId },
        { name: 'short', traceId: 'ab', spanId },
        { name: 'connection test', traceId: '1'.padStart(32, '0'), spanId: '1'.padStart(16, '0') },
        { name: 'no hex', traceId, spanId: 'z'.repeat(16) },
      ];
      for (let click = 0; click < 2; click++) await journal.append([{ pipelines: ['traces'], batch: batchOf(...unkeyed) }]);
      assert.equal(fold.names.length, 2 * unkeyed.length);
      assert.equal(observer.count('spanmeter_journal_unkeyed_spans_total'), 2 * unkeyed.length);
      assert.equal(observer.count('spanmeter_journal_duplicate_spans_total'), 0);
    });

    it('knows a span per pipeline: a copy that comes through another one is new there', async () => {
      const { journal } = await rig();
      const [first, second] = [new SpanFold(), new SpanFold()];
      journal.bind({
        folds: [
          { connector: 'first', pipelines: new Set(['traces/a']), fold: first },
          { connector: 'second', pipelines: new Set(['traces/b']), fold: second },
        ],
        readers: [],
      });
      await journal.append(one(1, ['traces/a']));
      assert.deepEqual(await journal.append(one(1, ['traces/b'])), { added: 1, duplicates: 0 });
      assert.deepEqual(await journal.append(one(1, ['traces/a', 'traces/b'])), { added: 0, duplicates: 1 });
      assert.deepEqual([first.names, second.names], [['1'], ['1']]);
    });

    it('brings a shared batch to the pipelines that lack it, span by span', async () => {
      const { journal } = await rig();
      const [first, second] = [new SpanFold(), new SpanFold()];
      journal.bind({
        folds: [
          { connector: 'first', pipelines: new Set(['traces/a']), fold: first },
          { connector: 'second', pipelines: new Set(['traces/b']), fold: second },
        ],
        readers: [],
      });
      await journal.append(one(1, ['traces/a']));
      const batch = batchOf(spanOf(1), spanOf(2), spanOf(3));
      const appended = await journal.append([{ pipelines: ['traces/a', 'traces/b'], batch }]);
      assert.deepEqual(appended, { added: 3, duplicates: 1 });
      assert.deepEqual(
        [first.names, second.names],
        [
          ['1', '2', '3'],
          ['1', '2', '3'],
        ],
      );
    });

    it('takes the versions that two pipelines make of one request as two records', async () => {
      const { journal } = await rig();
      const reader = journal.bind(graphOf([], ['tempo'], ['traces/a', 'traces/b'])).get('tempo')!;
      const versions = [...one(1, ['traces/a'], '0.1'), ...one(1, ['traces/b'], '0.2')];
      assert.deepEqual(await journal.append(versions), { added: 2, duplicates: 0 });
      assert.deepEqual(await journal.append(versions), { added: 0, duplicates: 2 });
      assert.equal((await takeAll(reader)).length, 2);
    });

    it('forgets the oldest span beyond the window, which then counts again', async () => {
      const { journal } = await rig({ maxSpans: 3 });
      for (const id of [1, 2, 3, 4]) await journal.append(entriesOf(id));
      assert.deepEqual(await journal.append(entriesOf(2, 3, 4)), { added: 0, duplicates: 3 });
      assert.deepEqual(await journal.append(entriesOf(1)), { added: 1, duplicates: 0 });
    });

    it('keeps the window across a reload', async () => {
      const { journal } = await rig();
      journal.bind(graphOf([new SpanFold()], ['tempo']));
      await journal.append(entriesOf(1));
      journal.bind(graphOf([new SpanFold()], ['cloud']));
      assert.deepEqual(await journal.append(entriesOf(1)), { added: 0, duplicates: 1 });
    });
  });
}
