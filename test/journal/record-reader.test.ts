/** Taking, settling and the cursor of one exporter. */
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, it } from 'node:test';
import type { JournalRecord } from '../../src/journal/contract.ts';
import { RecordReader } from '../../src/journal/record-reader.ts';
import { takeAll, takeNow, UNLIMITED } from '../helpers/journal-rig.ts';

function recordOf(seq: number, changes: Partial<JournalRecord> = {}): JournalRecord {
  const bytes = new Uint8Array(10);
  return { seq, timeMs: seq, signal: 'traces', encoding: 'json', mergeable: true, spans: 1, bytes, ...changes };
}

/** A reader in front of which these records wait, and the numbers of those that stopped to. */
function rig(...records: readonly JournalRecord[]) {
  const left: number[] = [];
  const reader = new RecordReader(({ seq }) => left.push(seq));
  for (const record of records) reader.push(record);
  return { reader, left };
}

describe('a reader', () => {
  it('has its cursor below the oldest record that is not settled, in whatever order it settles', async () => {
    const { reader } = rig(recordOf(3), recordOf(5), recordOf(8));
    const one = { bytes: 1, spans: 1 };
    const [first, second, third] = [await takeNow(reader, one), await takeNow(reader, one), await takeNow(reader, one)];
    const cursors = [second, first, third].map((taken) => {
      reader.done(taken);
      return reader.cursor;
    });
    assert.deepEqual(cursors, [2, 7, undefined]);
  });

  it('tells of each record once when it stops waiting: taken or given up', async () => {
    const { reader, left } = rig(recordOf(1), recordOf(2), recordOf(3));
    reader.giveUpOldest();
    const taken = await takeNow(reader, { bytes: 1, spans: 1 });
    reader.done(taken);
    reader.giveUpAll();
    reader.giveUpOldest();
    assert.deepEqual(left, [1, 2, 3]);
    assert.deepEqual(reader.backlog, { records: 0, spans: 0, bytes: 0, oldestMs: undefined });
  });

  const limit = { bytes: 30, spans: 30 };
  const cases: readonly [name: string, records: readonly JournalRecord[], takes: readonly (readonly number[])[]][] = [
    ['up to the bytes', [1, 2, 3, 4].map((seq) => recordOf(seq)), [[1, 2, 3], [4]]],
    ['up to the spans', [recordOf(1, { spans: 20 }), recordOf(2, { spans: 11 }), recordOf(3)], [[1], [2, 3]]],
    ['alone what exceeds the limit', [recordOf(1, { spans: 99 }), recordOf(2)], [[1], [2]]],
    ['nothing past one that does not fit', [recordOf(1), recordOf(2, { spans: 30 }), recordOf(3)], [[1], [2], [3]]],
    ['one signal', [recordOf(1), recordOf(2, { signal: 'logs' }), recordOf(3)], [[1], [2], [3]]],
    ['one encoding', [recordOf(1), recordOf(2, { encoding: 'protobuf' }), recordOf(3, { encoding: 'protobuf' })], [[1], [2, 3]]],
    ['alone what cannot be merged', [recordOf(1, { mergeable: false }), recordOf(2), recordOf(3)], [[1], [2, 3]]],
  ];
  for (const [name, records, takes] of cases) {
    it(`takes ${name}`, async () => {
      const { reader } = rig(...records);
      const taken: number[][] = [];
      for (let next = await takeNow(reader, limit); next.length > 0; next = await takeNow(reader, limit)) {
        taken.push(next.map(({ seq }) => seq));
      }
      assert.deepEqual(taken, takes);
    });
  }

  it('serves those who wait in their order, as far as there is something', async () => {
    const { reader } = rig();
    const abort = new AbortController();
    const served: string[] = [];
    const waiting = ['first', 'second', 'third'].map((name) =>
      reader.next({ bytes: 1, spans: 1 }, abort.signal).then(
        ([record]) => served.push(`${name} ${record?.seq}`),
        () => served.push(`${name} aborted`),
      ),
    );
    reader.push(recordOf(1));
    reader.push(recordOf(2));
    reader.wake();
    abort.abort();
    await Promise.all(waiting);
    assert.deepEqual(served.toSorted(), ['first 1', 'second 2', 'third aborted']);
  });

  it('listens to an abort signal only while it waits', async () => {
    const { reader } = rig();
    const { signal } = new AbortController();
    const waiting = reader.next(UNLIMITED, signal);
    assert.equal(getEventListeners(signal, 'abort').length, 1);
    reader.push(recordOf(1));
    reader.wake();
    await waiting;
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  });

  it('stays in order and quick over a long backlog', async () => {
    const { reader } = rig();
    const records = 20_000;
    for (let seq = 1; seq <= records; seq++) {
      reader.push(recordOf(seq));
      if (seq % 2 === 0) reader.giveUpOldest();
    }
    const taken = await takeAll(reader, { bytes: 1000, spans: 1000 });
    assert.deepEqual([taken.length, taken[0]?.seq, taken.at(-1)?.seq], [records / 2, records / 2 + 1, records]);
  });
});
