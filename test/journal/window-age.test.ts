/** How far back copies are recognised, told from few marks. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WindowAge } from '../../src/journal/window-age.ts';

/** A window of so many spans that came one a millisecond; how old it says that its oldest span is. */
function oldestAfter(spans: number, maxSpans: number): number | undefined {
  const age = new WindowAge(maxSpans);
  for (let added = 1; added <= spans; added += 1) age.note(added, Math.min(added, maxSpans), added);
  return age.oldestMs(spans, Math.min(spans, maxSpans));
}

describe('the age of the dedupe window', () => {
  it('is unknown while the window is empty', () => {
    assert.equal(new WindowAge(10).oldestMs(0, 0), undefined);
    assert.equal(new WindowAge(0).oldestMs(0, 0), undefined);
  });

  it('is that of the first span until the window is full', () => {
    assert.deepEqual([oldestAfter(1, 1000), oldestAfter(999, 1000), oldestAfter(1000, 1000)], [1, 1, 1]);
  });

  for (const [spans, maxSpans] of [
    [11, 10],
    [1001, 1000],
    [54_321, 1000],
    [7, 1],
  ] as const) {
    it(`is never overstated, and short by a hundredth of ${maxSpans} spans at most after ${spans}`, () => {
      const oldest = spans - maxSpans + 1;
      const told = oldestAfter(spans, maxSpans) ?? 0;
      assert.ok(told >= oldest && told <= oldest + maxSpans / 100, `${told} for ${oldest}`);
    });
  }

  it('follows requests that bring many spans at once', () => {
    const age = new WindowAge(100);
    for (let request = 1; request <= 50; request += 1) age.note(request * 70, Math.min(request * 70, 100), request * 1000);
    assert.equal(age.oldestMs(3500, 100), 49_000); // the newest 100 are those of requests 49 and 50
  });
});
