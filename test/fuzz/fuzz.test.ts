/** A short run of the fuzzing that `npm run fuzz` does for long. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Mutator } from './mutator.ts';
import { TARGETS } from './targets.ts';
import { fuzz } from './watch.ts';

const SECONDS = 0.5;
const SEED = 20_261_121;

describe('damaged bytes', () => {
  for (const target of Object.keys(TARGETS) as (keyof typeof TARGETS)[]) {
    it(`are taken or refused, soon and within 64 MiB: ${target} (seed ${SEED})`, async () => {
      const { cases, taken, fault } = await fuzz({ target, seed: SEED, seconds: SECONDS, from: 0 });
      assert.equal(fault, undefined);
      assert.ok(cases > 10, `${cases} cases`);
      assert.ok(taken > 0 && (target === 'answer' || taken < cases), `${taken} of ${cases} taken`);
    });
  }

  it('are the same for the same seed', () => {
    const { corpus } = TARGETS.answer();
    const bytesOf = (seed: number) => Buffer.from(new Mutator(seed).mutate(corpus)).toString('hex');
    assert.equal(bytesOf(1), bytesOf(1));
    assert.notEqual(bytesOf(1), bytesOf(2));
  });
});
