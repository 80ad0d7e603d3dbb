/** Which spans of a request are new, and what becomes of them when it is written or not. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { spansOf } from '../../src/data/spans.ts';
import { type Claim, Claims } from '../../src/journal/claims.ts';
import { decodeTracesJson } from '../../src/otlp/json.ts';
import { deepFreeze } from '../helpers/deep-freeze.ts';
import { batchOf, entriesOf, namesIn, spanOf } from '../helpers/journal-rig.ts';
import { Observer } from '../helpers/observer.ts';

function rig(maxSpans = 100) {
  const observer = new Observer();
  return { claims: new Claims(maxSpans, observer.counters), observer };
}

function namesOf(claim: Claim): readonly unknown[] {
  return claim.records.map(({ pipelines, batch }) => [pipelines, namesIn(batch)]);
}

describe('a claim', () => {
  it('holds the request as it came when all of it is new', () => {
    const { claims } = rig();
    const entry = deepFreeze({ pipelines: ['traces'], batch: batchOf(spanOf(1), spanOf(2)) });
    const { records } = claims.claim([entry]);
    assert.equal(records.length, 1);
    assert.equal(records[0]?.batch, entry.batch);
    assert.equal(records[0]?.encoded, entry.batch.encoded);
  });

  it('rebuilds and encodes what is left when spans are known, the first copy of one body staying', () => {
    const { claims } = rig();
    claims.commit(claims.claim(entriesOf(1)), 0);
    const batch = deepFreeze(batchOf(spanOf(1), spanOf(2, '0.2'), spanOf(2, '0.9'), spanOf(3)));
    const claim = claims.claim([{ pipelines: ['traces'], batch }]);
    const [record] = claim.records;
    const decoded = decodeTracesJson(record?.encoded.bytes ?? new Uint8Array()).batch;
    assert.deepEqual(
      [...spansOf(decoded)].map(({ span }) => [span.name, span.attributes?.[0]?.value?.stringValue]),
      [
        ['2', '0.2'],
        ['3', '0.1'],
      ],
    );
    assert.deepEqual([claim.added, claim.duplicates, record?.spans], [2, 2, 2]);
  });

  it('has a record for each set of pipelines that lack the same spans', () => {
    const { claims } = rig();
    const append = (id: number, ...pipelines: string[]) =>
      claims.commit(claims.claim([{ pipelines, batch: batchOf(spanOf(id)) }]), 0);
    append(1, 'a');
    append(2, 'b', 'c');
    append(3, 'a', 'b', 'c');
    const batch = batchOf(spanOf(1), spanOf(2), spanOf(3), spanOf(4), spanOf(1));
    const claim = claims.claim([{ pipelines: ['a', 'b', 'c'], batch }]);
    assert.deepEqual(namesOf(claim), [
      [['b', 'c'], ['1']],
      [['a'], ['2']],
      [['a', 'b', 'c'], ['4']],
    ]);
    assert.deepEqual([claim.added, claim.duplicates], [3, 4]);
  });

  it('stands behind the open claim that brings its spans, and adds nothing of them', () => {
    const { claims } = rig();
    const first = claims.claim(entriesOf(1, 2));
    const second = claims.claim(entriesOf(2, 3));
    const third = claims.claim(entriesOf(1, 3));
    assert.deepEqual([namesOf(second), namesOf(third)], [[[['traces'], ['3']]], []]);
    assert.deepEqual([first.behind, second.behind, third.behind], [[], [first.fate], [first.fate, second.fate]]);
  });

  it('does not stand behind itself, nor behind what is safe', () => {
    const { claims } = rig();
    claims.commit(claims.claim(entriesOf(1)), 0);
    assert.equal(claims.claim(entriesOf(1, 2, 2)).behind.length, 0);
  });

  it('does not stand behind a claim of the same span for another pipeline', () => {
    const { claims } = rig();
    claims.claim([{ pipelines: ['a'], batch: batchOf(spanOf(1)) }]);
    const second = claims.claim([{ pipelines: ['b'], batch: batchOf(spanOf(1)) }]);
    assert.deepEqual([second.behind.length, second.added], [0, 1]);
  });

  it('leaves its spans new when it is released, whoever else claims part of them', () => {
    const { claims } = rig();
    const first = claims.claim([{ pipelines: ['a'], batch: batchOf(spanOf(1)) }]);
    const second = claims.claim([{ pipelines: ['a', 'b'], batch: batchOf(spanOf(1)) }]);
    claims.release(first);
    assert.deepEqual(claims.claim([{ pipelines: ['b'], batch: batchOf(spanOf(1)) }]).behind, [second.fate]);
    claims.commit(second, 0);
    const third = claims.claim([{ pipelines: ['a', 'b'], batch: batchOf(spanOf(1)) }]);
    assert.deepEqual(namesOf(third), [[['a'], ['1']]]);
  });

  it('takes pending spans no room in the window before they are safe', () => {
    const { claims } = rig(1);
    claims.commit(claims.claim(entriesOf(1)), 0);
    claims.release(claims.claim(entriesOf(2)));
    assert.equal(claims.claim(entriesOf(1)).duplicates, 1);
  });

  it('counts copies and spans without identity once they are safe, not those of a released claim', () => {
    const { claims, observer } = rig();
    const counts = () => [
      observer.count('spanmeter_journal_duplicate_spans_total'),
      observer.count('spanmeter_journal_unkeyed_spans_total'),
    ];
    const entry = { pipelines: ['traces'], batch: batchOf(spanOf(1), spanOf(1), { name: 'no ids' }) };
    claims.release(claims.claim([entry]));
    assert.deepEqual(counts(), [0, 0]);
    claims.commit(claims.claim([entry]), 0);
    assert.deepEqual(counts(), [1, 1]);
  });
});

describe('the window', () => {
  it('is a function of the records and their order: replayed, it has the same bytes', () => {
    const { claims } = rig(5);
    const replayed = rig(5).claims;
    for (const ids of [[1, 2], [2, 3], [4], [3, 4, 5, 6], [1]]) {
      const claim = claims.claim(entriesOf(...ids));
      claims.release(claims.claim(entriesOf(99)));
      claims.commit(claim, 0);
      for (const { batch, pipelines } of claim.records) replayed.remember(batch, pipelines, 0);
    }
    assert.deepEqual(claims.save(), replayed.save());
  });

  it('goes on after save and load, with the pipelines it knew', () => {
    const { claims } = rig();
    claims.commit(claims.claim([{ pipelines: ['a'], batch: batchOf(spanOf(1)) }]), 0);
    const saved = claims.save();
    claims.claim(entriesOf(2)); // pending is not saved
    const loaded = rig().claims;
    loaded.load(Buffer.concat([Buffer.alloc(3), saved]).subarray(3));
    assert.deepEqual(loaded.save(), saved);
    const claim = loaded.claim([{ pipelines: ['b', 'a'], batch: batchOf(spanOf(1), spanOf(2)) }]);
    assert.deepEqual(namesOf(claim), [
      [['b'], ['1']],
      [['b', 'a'], ['2']],
    ]);
  });

  it('gives the bit of a pipeline that is gone to a new one, which has none of its spans', () => {
    const { claims } = rig();
    const names = (from: number) => Array.from({ length: 32 }, (_, index) => `traces/${from + index}`);
    claims.bind(new Set(names(0)));
    claims.commit(claims.claim([{ pipelines: names(0), batch: batchOf(spanOf(1)) }]), 0);
    const open = claims.claim([{ pipelines: names(0), batch: batchOf(spanOf(2)) }]);
    claims.bind(new Set(names(1)));
    const claim = claims.claim([{ pipelines: names(1), batch: batchOf(spanOf(1), spanOf(2)) }]);
    assert.deepEqual(namesOf(claim), [[['traces/32'], ['1', '2']]]);
    assert.deepEqual(claim.behind, [open.fate]);
  });

  it('refuses a 33rd pipeline in use', () => {
    const { claims } = rig();
    const names = Array.from({ length: 33 }, (_, index) => `traces/${index}`);
    claims.bind(new Set(names));
    const entry = { pipelines: names, batch: batchOf(spanOf(1)) };
    assert.throws(() => claims.claim([entry]), /cannot give pipeline "traces\/32" a bit: 32 others are in use/);
  });
});

describe('pipelines by the dozen', () => {
  const named = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}/${index}`);
  const take = (claims: Claims, pipelines: readonly string[], id: number) => {
    const claim = claims.claim(pipelines.map((name) => ({ pipelines: [name], batch: batchOf(spanOf(id)) })));
    claims.commit(claim, 0);
    return claim.records.length;
  };

  it('give way to as many others, and return with nothing known of what they had', () => {
    const { claims } = rig();
    for (const [round, pipelines] of [named('a', 20), named('b', 20), named('c', 32), named('a', 20)].entries()) {
      claims.bind(new Set(pipelines));
      assert.equal(take(claims, pipelines, round), pipelines.length);
      assert.equal(take(claims, pipelines, round), 0, 'known');
    }
  });

  it('that are gone are in the way of none when the log is read again', () => {
    const { claims } = rig();
    const now = named('b', 32);
    claims.bind(new Set(now));
    for (const pipelines of [named('a', 20), now, named('a', 20), named('c', 5)]) {
      for (const name of pipelines) claims.remember(batchOf(spanOf(1)), [name], 0);
    }
    assert.equal(take(claims, now, 1), 0);
    assert.equal(take(claims, now, 2), 32);
  });
});
