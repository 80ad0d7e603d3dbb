import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ValueCap } from '../../src/metrics/value-cap.ts';

describe('value cap', () => {
  it('admits the first values and keeps admitting them', () => {
    const cap = new ValueCap(2);
    assert.deepEqual(
      ['a', 'b', 'c', 'a', 'c'].map((value) => cap.admit(value)),
      ['a', 'b', '__overflow__', 'a', '__overflow__'],
    );
  });

  it('does not spend a place on the overflow value itself', () => {
    const cap = new ValueCap(1);
    assert.deepEqual(
      ['__overflow__', 'a'].map((value) => cap.admit(value)),
      ['__overflow__', 'a'],
    );
  });

  it('takes two broken surrogates for one value', () => {
    const cap = new ValueCap(1);
    assert.deepEqual([cap.admit('\ud800'), cap.admit('\udfff')], ['\ufffd', '\ufffd']);
  });

  it('admits the listed values only, beside "other"', () => {
    const cap = new ValueCap(['search', 'ads']);
    assert.deepEqual(
      ['search', 'mail', 'ads', 'other'].map((value) => cap.admit(value)),
      ['search', 'other', 'ads', 'other'],
    );
  });

  it('continues after load() at any cut as if it had never been interrupted', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 2 })), fc.nat(10), fc.nat(20), (values, limit, cut) => {
        const [whole, head, resumed] = [new ValueCap(limit), new ValueCap(limit), new ValueCap(limit)];
        const shown = values.map((value) => whole.admit(value));
        for (const value of values.slice(0, cut)) head.admit(value);
        resumed.load(head.save());
        assert.deepEqual(
          values.slice(cut).map((value) => resumed.admit(value)),
          shown.slice(cut),
        );
        assert.deepEqual(resumed.save(), whole.save());
      }),
    );
  });

  it('gives a raised limit to later values', () => {
    const small = new ValueCap(1);
    small.admit('a');
    const large = new ValueCap(2);
    large.load(small.save());
    assert.deepEqual([large.admit('b'), large.admit('a'), large.admit('c')], ['b', 'a', '__overflow__']);
  });
});
