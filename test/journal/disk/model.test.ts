/** Random lives of a journal on the model disk; `npm run fault:model` runs many more. */
import { it } from 'node:test';
import fc from 'fast-check';
import { runSequence, sequences } from '../../fault/model.ts';

it('keeps its promises through random crashes', async () => {
  const tally = { crashes: 0, torn: 0, duplicates: 0, inDoubt: 0, dropped: 0 };
  await fc.assert(
    fc.asyncProperty(sequences, (sequence) => runSequence(sequence, tally)),
    { numRuns: 300, seed: 1 },
  );
});
