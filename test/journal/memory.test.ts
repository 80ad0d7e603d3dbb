/** What the journal in memory does of its own, beside what every journal does. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MemoryJournal } from '../../src/journal/memory.ts';
import {
  batchOf,
  drops,
  entriesOf,
  graphOf,
  type JournalOptions,
  namesOf,
  never,
  readerOf,
  SpanFold,
  spanOf,
  takeAll,
  UNLIMITED,
} from '../helpers/journal-rig.ts';
import { Observer } from '../helpers/observer.ts';

function rig(options: Partial<JournalOptions> = {}) {
  const observer = new Observer();
  const now = options.now ?? (() => 1000);
  const { logger, diagnostics } = observer.context('journal', now);
  return { journal: new MemoryJournal({ maxBytes: 2 ** 30, maxSpans: 100, ...options, now, logger, diagnostics }), observer };
}

describe('the journal in memory', () => {
  it('says at the start what it does not promise', async () => {
    const { journal, observer } = rig();
    await journal.start();
    assert.equal(journal.durable, false);
    assert.deepEqual(observer.sentences('warn'), [
      'the journal is in memory: a stop of the process loses what was not sent yet, and the counters',
    ]);
  });

  it('counts what it gives up for each of two readers that are behind', async () => {
    const { journal, observer } = rig({ maxBytes: 1 });
    journal.bind(graphOf([], ['tempo', 'cloud']));
    for (const id of [1, 2, 3]) await journal.append(entriesOf(2 * id, 2 * id + 1));
    assert.deepEqual(drops(observer), [
      ['tempo', 'backlog_full', 4],
      ['cloud', 'backlog_full', 4],
    ]);
  });

  it('keeps the newest record, however large it is, and counts what it has given up', async () => {
    const { journal } = rig({ maxBytes: 1 });
    const fold = new SpanFold();
    const reader = journal.bind(graphOf([fold], ['tempo'])).get('tempo')!;
    await journal.append([...entriesOf(1), ...entriesOf(2)]);
    assert.deepEqual([fold.names, namesOf(await takeAll(reader))], [['1', '2'], ['2']]);
  });

  it('holds against its limit only what some reader has not taken', async () => {
    const { journal, observer } = rig({ maxBytes: 1 });
    const readers = journal.bind(graphOf([], ['tempo', 'cloud']));
    for (const id of [1, 2, 3]) {
      await journal.append(entriesOf(id));
      for (const reader of readers.values()) await reader.next(UNLIMITED, never);
    }
    assert.deepEqual(drops(observer), []);
  });

  it('frees a removed reader of its room', async () => {
    const recordBytes = entriesOf(1)[0]?.batch.encoded?.bytes.byteLength ?? 0;
    const { journal, observer } = rig({ maxBytes: 2 * recordBytes });
    journal.bind(graphOf([], ['dead']));
    for (const id of [1, 2]) await journal.append(entriesOf(id));
    const reader = readerOf(journal);
    for (const id of [3, 4]) await journal.append(entriesOf(id));
    assert.deepEqual(drops(observer), [['dead', 'reader_removed', 2]]);
    assert.equal(reader.backlog.records, 2);
  });

  it('keeps the encoded bytes and lets go of the decoded spans', async () => {
    const { journal } = rig();
    const reader = readerOf(journal);
    await journal.append(entriesOf(1));
    const [record] = await takeAll(reader);
    assert.deepEqual(Object.keys(record ?? {}).toSorted(), [
      'bytes',
      'encoding',
      'mergeable',
      'seq',
      'signal',
      'spans',
      'timeMs',
    ]);
  });

  it('takes other signals as they are, without dedupe', async () => {
    const { journal } = rig();
    const reader = journal.bind(graphOf([], ['tempo'], ['logs'])).get('tempo')!;
    const bytes = Buffer.from('{"resourceLogs":[{}]}');
    const batch = { signal: 'logs', resources: [{}], encoded: { encoding: 'json', bytes, mergeable: true } } as const;
    for (let time = 0; time < 2; time++) await journal.append([{ pipelines: ['logs'], batch }]);
    assert.deepEqual(
      (await takeAll(reader)).map((record) => [record.signal, record.bytes]),
      [
        ['logs', bytes],
        ['logs', bytes],
      ],
    );
  });

  it('rejects a request that it cannot encode whole, and takes its spans as new when they come again', async () => {
    const { journal } = rig();
    const reader = readerOf(journal);
    const changedLogs = { pipelines: ['logs'], batch: { signal: 'logs', resources: [{}] } } as const;
    const spans = { pipelines: ['traces'], batch: batchOf(spanOf(1)) };
    await assert.rejects(journal.append([spans, changedLogs]), /cannot encode a changed batch of logs/);
    assert.deepEqual(await journal.append([spans]), { added: 1, duplicates: 0 });
    assert.equal(reader.backlog.records, 1);
  });
});
