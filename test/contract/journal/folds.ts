/** How folds see records, and what becomes of their state at a reload. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  batchOf,
  entriesOf,
  graphOf,
  namesIn,
  namesOf,
  type OpenRig,
  SpanFold,
  spanOf,
  takeAll,
} from '../../helpers/journal-rig.ts';

export function journalFolds(rig: OpenRig): void {
  describe('folds', () => {
    it('lose a record that one of them throws on in that one only', async () => {
      const { journal, observer } = await rig();
      const broken = new (class extends SpanFold {
        override apply(record: Parameters<SpanFold['apply']>[0]): void {
          if (namesIn(record.batch).includes('1')) throw new TypeError('a bug');
          super.apply(record);
        }
      })('broken');
      const sound = new SpanFold('sound');
      const reader = journal.bind(graphOf([broken, sound], ['tempo'])).get('tempo')!;
      await journal.append(entriesOf(1));
      await journal.append(entriesOf(2));
      assert.deepEqual([broken.names, sound.names], [['2'], ['1', '2']]);
      assert.deepEqual(namesOf(await takeAll(reader)), ['1', '2']);
      assert.deepEqual(
        [...observer.counters.counts()].filter(({ name }) => name === 'spanmeter_connector_fold_errors_total'),
        [{ name: 'spanmeter_connector_fold_errors_total', labels: { connector: 'genai' }, value: 1 }],
      );
    });

    it('see a record before any of them sees the next', async () => {
      const { journal } = await rig();
      const seen: string[] = [];
      const folds = ['labels', 'cost', 'tokens'].map(
        (id) =>
          new (class extends SpanFold {
            override apply({ batch }: Parameters<SpanFold['apply']>[0]): void {
              seen.push(`${namesIn(batch)} ${id}`);
            }
          })(id),
      );
      journal.bind(graphOf(folds, []));
      await journal.append([...entriesOf(1), ...entriesOf(2)]);
      assert.deepEqual(seen, ['1 labels', '1 cost', '1 tokens', '2 labels', '2 cost', '2 tokens']);
    });

    it('see a record of two pipelines that they read twice, shared or not', async () => {
      const count = async (shared: boolean) => {
        const { journal } = await rig();
        const fold = new SpanFold();
        journal.bind(graphOf([fold], [], ['traces/a', 'traces/b']));
        const batch = batchOf(spanOf(1));
        const pipelines = shared ? [['traces/a', 'traces/b']] : [['traces/a'], ['traces/b']];
        await journal.append(pipelines.map((names) => ({ pipelines: names, batch })));
        return fold.names;
      };
      assert.deepEqual(await count(true), ['1', '1']);
      assert.deepEqual(await count(false), ['1', '1']);
    });

    it('give the same totals whatever the order of the records', async () => {
      const totals = async (ids: readonly number[]) => {
        const { journal } = await rig();
        const fold = new SpanFold();
        journal.bind(graphOf([fold], []));
        for (const id of ids) await journal.append(entriesOf(id));
        return fold.names.toSorted();
      };
      assert.deepEqual(await totals([1, 2, 3, 2]), await totals([3, 2, 2, 1]));
    });

    it('go on from their state in the new graph; a redefined one starts anew', async () => {
      const { journal } = await rig();
      journal.bind(graphOf([new SpanFold('kept'), new SpanFold('redefined', '1')], []));
      await journal.append(entriesOf(1));
      const kept = new SpanFold('kept');
      const redefined = new SpanFold('redefined', '2');
      const added = new SpanFold('added');
      journal.bind(graphOf([added, kept, redefined], []));
      await journal.append(entriesOf(2));
      assert.deepEqual([kept.names, redefined.names, added.names], [['1', '2'], ['2'], ['2']]);
    });

    it('go on from their total when they return, and not after 30 days', async () => {
      let nowMs = 0;
      const { journal } = await rig({ now: () => nowMs });
      const away = async (ms: number, id: number) => {
        journal.bind(graphOf([], []));
        nowMs += ms;
        await journal.append(entriesOf(id)); // time passes with the records
        journal.bind(graphOf([], []));
        const fold = new SpanFold();
        journal.bind(graphOf([fold], []));
        return fold.names;
      };
      journal.bind(graphOf([new SpanFold()], []));
      await journal.append(entriesOf(1));
      assert.deepEqual(await away(1000, 2), ['1']);
      assert.deepEqual(await away(31 * 86_400_000, 3), []);
    });

    it('of one id in two connectors are two', async () => {
      const { journal } = await rig();
      const bound = (connector: string) => ({ connector, pipelines: new Set(['traces']), fold: new SpanFold() });
      journal.bind({ folds: [bound('genai/a')], readers: [] });
      await journal.append(entriesOf(1));
      const [same, other] = [bound('genai/a'), bound('genai/b')];
      journal.bind({ folds: [other, same], readers: [] });
      assert.deepEqual([same.fold.names, other.fold.names], [['1'], []]);
    });

    it('that stay in the graph are left alone', async () => {
      const { journal } = await rig();
      const fold = new (class extends SpanFold {
        override load(): void {
          throw new Error('cannot load into a fold that has seen records');
        }
      })();
      journal.bind(graphOf([fold], []));
      await journal.append(entriesOf(1));
      journal.bind(graphOf([fold], ['tempo']));
      await journal.append(entriesOf(2));
      assert.deepEqual(fold.names, ['1', '2']);
    });

    it('lose nothing over a hundred reloads', async () => {
      const { journal } = await rig();
      let fold = new SpanFold();
      const readers = journal.bind(graphOf([fold], ['tempo']));
      for (let id = 0; id < 100; id++) {
        await journal.append(entriesOf(id));
        fold = new SpanFold();
        assert.equal(journal.bind(graphOf([fold], ['tempo'])).get('tempo'), readers.get('tempo'));
      }
      assert.equal(fold.names.length, 100);
      assert.equal((await takeAll(readers.get('tempo')!)).length, 100);
    });

    it('leave the graph as it was if one of them cannot load its state', async () => {
      const { journal } = await rig();
      const fold = new SpanFold();
      const reader = journal.bind(graphOf([fold], ['tempo'])).get('tempo')!;
      const unloadable = new (class extends SpanFold {
        override load(): void {
          throw new Error('cannot load');
        }
      })();
      assert.throws(() => journal.bind(graphOf([unloadable], [])), /cannot load/);
      await journal.append(entriesOf(1));
      assert.deepEqual([fold.names, namesOf(await takeAll(reader))], [['1'], ['1']]);
    });
  });
}
