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
    assert.deepEqual(begun, ['first', 'second', 'third', 'fourth', 'fifth']);
    decoded.release(500);
    assert.deepEqual(begun.slice(5), []);
    decoded.release(1);
    assert.deepEqual(begun.slice(5), ['sixth']);
    assert.deepEqual(
      (await results).map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled'],
    );
  });
});

function tracesOf(spans: number): DecodedTraces {
  const resources = [{ scopeSpans: [{ spans: Array.from({ length: spans }, () => ({})) }] }];
  return { batch: { signal: 'traces', resources }, receipt: { rejected: 0, reason: '' }, faults: new Map() };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
