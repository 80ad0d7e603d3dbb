/** What a destination refuses for good is given up only when it is safe elsewhere. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Reader } from '../../src/journal/contract.ts';
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

it('a delivery that fails in a way that nobody foresaw is tried again', async () => {
  const destination = await Destination.open();
  let faults = 1;
  const failing = (reader: Reader): Reader => ({
    next: (limit, abort) => reader.next(limit, abort),
    get backlog() {
      return reader.backlog;
    },
    done(taken) {
      if (faults-- > 0) throw new Error('unforeseen');
      reader.done(taken);
    },
  });
  const rig = await startRig(destination.url, { backlog: [bodyOf(1)], reader: failing });
  await until('it has failed', () => rig.observer.sentences('error').length > 0);
  assert.deepEqual(rig.observer.sentences('error'), ['cannot settle a delivery, will try later']);
  await rig.clock.advance(5_000);
  await until('it is settled', () => rig.reader.backlog.spans === 0);
  await rig.stop();
});
