/** How much is done at once. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Turns } from '../../src/component/turns.ts';

describe('turns', () => {
  it('begin in order, so many at once, and go on after one that fails', async () => {
    const turns = new Turns(2);
    const begun: number[] = [];
    const ends = [1, 2, 3, 4].map(() => Promise.withResolvers<void>());
    const works = ends.map(({ promise }, index) =>
      turns.take(async () => {
        begun.push(index);
        await promise;
        return index;
      }),
    );
    await nextTurn();
    assert.deepEqual(begun, [0, 1]);
    ends[1]!.reject(new Error('cannot go on'));
    await assert.rejects(works[1]!, /cannot go on/);
    await nextTurn();
    assert.deepEqual(begun, [0, 1, 2]);
    for (const index of [0, 2, 3]) ends[index]!.resolve();
    assert.deepEqual(await Promise.all([works[0], works[2], works[3]]), [0, 2, 3]);
    assert.equal(await turns.take(async () => 'free again'), 'free again');
  });
});

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
