/** One request is one append: pipelines that treat it alike share an entry. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Processor } from '../../src/component/contract.ts';
import type { Batch } from '../../src/data/batch.ts';
import { filterSpans } from '../../src/data/spans.ts';
import { createIntake, type FedPipelines } from '../../src/graph/intake.ts';
import { createIntakeBudget } from '../../src/graph/intake-budget.ts';
import type { Entry } from '../../src/journal/contract.ts';
import { deepFreeze } from '../helpers/deep-freeze.ts';

const batch: Batch<'traces'> = deepFreeze({
  signal: 'traces',
  resources: [{ scopeSpans: [{ spans: [{ name: 'keep' }, { name: 'drop' }] }] }],
});
const untouched: Processor = (given) => given;
const withoutDrop: Processor = (given) => (given.signal === 'traces' ? filterSpans(given, ({ name }) => name !== 'drop') : given);
const nothing: Processor = () => undefined;

async function appended(pipelines: FedPipelines, given: Batch = batch): Promise<readonly (readonly Entry[])[]> {
  const appends: (readonly Entry[])[] = [];
  const intake = createIntake(pipelines, {
    append: async (entries) => {
      appends.push(entries);
      return { added: 0, duplicates: 0 };
    },
  });
  assert.deepEqual(await intake.consume(given), { rejected: 0, reason: '' });
  return appends;
}

describe('intake', () => {
  it('hands a request to the journal once, with one entry for all pipelines that leave it as it is', async () => {
    const [entries, ...more] = await appended([
      { id: 'traces/a', signal: 'traces', processors: [] },
      { id: 'traces/b', signal: 'traces', processors: [untouched] },
    ]);
    assert.deepEqual(entries, [{ batch, pipelines: ['traces/a', 'traces/b'] }]);
    assert.equal(entries?.[0]?.batch, batch);
    assert.deepEqual(more, []);
  });

  it('gives a pipeline that changes it an entry of its own, in the same append', async () => {
    const [entries] = await appended([
      { id: 'traces/a', signal: 'traces', processors: [] },
      { id: 'traces/b', signal: 'traces', processors: [untouched, withoutDrop] },
    ]);
    assert.deepEqual(
      entries?.map(({ pipelines, batch: { resources } }) => [pipelines, resources]),
      [
        [['traces/a'], batch.resources],
        [['traces/b'], [{ scopeSpans: [{ spans: [{ name: 'keep' }] }] }]],
      ],
    );
  });

  it('leaves out pipelines that drop everything, and appends nothing when all do', async () => {
    assert.deepEqual(await appended([{ id: 'traces', signal: 'traces', processors: [nothing, untouched] }]), []);
    const [entries] = await appended([
      { id: 'traces/a', signal: 'traces', processors: [nothing] },
      { id: 'traces/b', signal: 'traces', processors: [] },
    ]);
    assert.deepEqual(
      entries?.map(({ pipelines }) => pipelines),
      [['traces/b']],
    );
  });

  it('appends nothing for a request without spans', async () => {
    const empty: Batch = { signal: 'traces', resources: [{ scopeSpans: [{ spans: [] }] }] };
    assert.deepEqual(await appended([{ id: 'traces', signal: 'traces', processors: [] }], empty), []);
  });

  it('wants the signals of its pipelines', () => {
    const append = async () => ({ added: 0, duplicates: 0 });
    assert.deepEqual([...createIntake([{ id: 'traces', signal: 'traces', processors: [] }], { append }).signals], ['traces']);
    assert.deepEqual([...createIntake([], { append }).signals], []);
  });
});

describe('intake budget', () => {
  it('refuses what would exceed it, and admits again after a release', () => {
    const budget = createIntakeBudget(100);
    assert.ok(budget.admit(60));
    assert.ok(!budget.admit(50));
    assert.ok(budget.admit(40));
    budget.release(60);
    assert.ok(budget.admit(50));
  });

  it('admits anything when nothing else is in flight', () => {
    const budget = createIntakeBudget(100);
    assert.ok(budget.admit(1_000));
    assert.ok(!budget.admit(1));
    budget.release(1_000);
    assert.ok(budget.admit(1));
  });
});
