/** What a destination refuses for good is given up only when it is safe elsewhere. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { bodyOf, startRig } from '../helpers/delivery-rig.ts';
import { Destination } from '../helpers/destination.ts';
import { until } from '../helpers/until.ts';

it('a refused request stays in the backlog until its dead letter is kept', async () => {
  const destination = await Destination.open(() => ({ status: 402 }));
  const { promise, resolve } = Promise.withResolvers<void>();
  let letters = 0;
  const keep = () => {
    letters += 1;
    return promise;
  };
  const rig = await startRig(destination.url, { backlog: [bodyOf(1)], deadLetters: { keep } });
  await until('the letter is being kept', () => letters === 1);
  for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
  assert.equal(rig.reader.backlog.spans, 1);
  resolve();
  await until('it is settled', () => rig.reader.backlog.spans === 0);
  await rig.stop();
});
