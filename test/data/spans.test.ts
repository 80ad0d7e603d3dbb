/** Batches are walked in wire order and rebuilt only where something goes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Batch } from '../../src/data/batch.ts';
import { encodingOf, filterSpans, mapResources, spanCount, spansOf } from '../../src/data/spans.ts';
import { deepFreeze } from '../helpers/deep-freeze.ts';

const batch: Batch<'traces'> = deepFreeze({
  signal: 'traces',
  resources: [
    {
      resource: { attributes: [] },
      scopeSpans: [{ scope: { name: 's' }, spans: [{ name: 'a' }, { name: 'b' }] }, { spans: [{ name: 'c' }] }],
    },
    { scopeSpans: [{ spans: [{ name: 'd' }] }], schemaUrl: 'kept' },
    {},
  ],
  encoded: { encoding: 'json', bytes: new Uint8Array(), mergeable: true },
});

const namesOf = (from: Batch<'traces'>) => [...spansOf(from)].map(({ span }) => span.name);

describe('walking', () => {
  it('meets every span once, in wire order, with its envelope', () => {
    assert.deepEqual(namesOf(batch), ['a', 'b', 'c', 'd']);
    assert.equal([...spansOf(batch)][0]?.scope?.name, 's');
    assert.equal(spanCount(batch), 4);
  });
});

describe('filtering', () => {
  it('returns the same object when every span stays', () =>
    assert.equal(
      filterSpans(batch, () => true),
      batch,
    ));

  it('returns undefined when none stays', () =>
    assert.equal(
      filterSpans(batch, () => false),
      undefined,
    ));

  it('drops the bytes, keeps untouched branches as they are, and drops envelopes left empty', () => {
    const rest = filterSpans(batch, ({ name }) => name !== 'c' && name !== 'd');
    assert.deepEqual(rest && namesOf(rest), ['a', 'b']);
    assert.equal(rest?.encoded, undefined);
    assert.equal(rest?.resources.length, 1);
    assert.equal(rest?.resources[0]?.scopeSpans?.[0], batch.resources[0]?.scopeSpans?.[0]);
  });
});

describe('what was changed', () => {
  const change = (one: Batch<'traces'>) => mapResources(one, () => ({ attributes: [{ key: 'k' }] }));

  for (const encoding of ['json', 'protobuf'] as const) {
    it(`is still ${encoding} if it came as that, however often it is changed`, () => {
      const came = deepFreeze({ ...batch, encoded: { encoding, bytes: new Uint8Array(), mergeable: true } });
      const changed = change(change(filterSpans(came, ({ name }) => name !== 'c') ?? assert.fail()) as Batch<'traces'>);
      assert.equal(changed.encoded, undefined);
      assert.equal(encodingOf(changed), encoding);
    });
  }

  it('is JSON if it came as nothing', () => assert.equal(encodingOf(change({ signal: 'traces', resources: [{}] })), 'json'));
});
