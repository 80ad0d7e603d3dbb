/** How many spans are decoded and not yet safe. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DecodedTraces } from '../../src/otlp/decoded.ts';
import { DecodedSpans } from '../../src/otlp/decoded-spans.ts';

describe('decoded spans', () => {
  it('are made at once while there are few', () => {
    const decoded = new DecodedSpans();
    const traces = tracesOf(1_999);
    assert.equal(
      decoded.decode(() => traces),
      traces,
    );
    assert.equal(
      decoded.decode(() => undefined),
      undefined,
    );
    assert.throws(
      () =>
        decoded.decode(() => {
          throw new Error('malformed');
        }),
      /malformed/,
    );
    assert.equal(
      decoded.decode(() => traces),
      traces,
    );
  });

  it('wait for those before them, in order, and one that fails holds up nobody', async () => {
    const decoded = new DecodedSpans();
    const begun: string[] = [];
    const work = (name: string, spans: number) => () => {
      begun.push(name);
      if (spans < 0) throw new Error(`${name} is malformed`);
      return tracesOf(spans);
    };
    assert.deepEqual(decoded.decode(work('first', 2_000)), tracesOf(2_000));
    const later = [work('second', 500), work('third', -1), work('fourth', 1_000), work('fifth', 1_000), work('sixth', 1)];
    const results = Promise.allSettled(later.map((one) => decoded.decode(one)));
    await nextTurn();
    assert.deepEqual(begun, ['first']);
    decoded.release(2_000);
    assert.deepEqual(begun, ['first'], 'whoever releases spans does not decode');
    await until(() => begun.length === 5);
    assert.deepEqual(begun, ['first', 'second', 'third', 'fourth', 'fifth']);
    decoded.release(500);
    await nextTurn();
    assert.deepEqual(begun.slice(5), []);
    decoded.release(1);
    await until(() => begun.length === 6);
    assert.deepEqual(begun.slice(5), ['sixth']);
    assert.deepEqual(
      (await results).map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled'],
    );
  });

  it('that had to wait are decoded a few at a time', async () => {
    const decoded = new DecodedSpans();
    assert.deepEqual(
      decoded.decode(() => tracesOf(2_000)),
      tracesOf(2_000),
    );
    let begun = 0;
    const slow = () => {
      begun += 1;
      const endMs = performance.now() + 5;
      while (performance.now() < endMs);
      return undefined;
    };
    const waiting = Promise.all(Array.from({ length: 4 }, () => decoded.decode(slow)));
    decoded.release(2_000);
    const begunByTurn: number[] = [];
    while (begun < 4) {
      await nextTurn();
      begunByTurn.push(begun);
    }
    assert.deepEqual([...new Set(begunByTurn)], [1, 2, 3, 4]);
    await waiting;
  });
});

function tracesOf(spans: number): DecodedTraces {
  const resources = [{ scopeSpans: [{ spans: Array.from({ length: spans }, () => ({})) }] }];
  return { batch: { signal: 'traces', resources }, receipt: { rejected: 0, reason: '' }, faults: new Map() };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await nextTurn();
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
