/** `npm run fault:model -- --sequences 20000 [--seed 1]`: random lives of a journal on the model disk. */
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { runSequence, sequences, type Tally } from './model.ts';

const { values } = parseArgs({ options: { sequences: { type: 'string', default: '20000' }, seed: { type: 'string' } } });
const seed = Number(values.seed ?? Date.now() % 2 ** 31);
const tally: Tally = { crashes: 0, torn: 0, duplicates: 0, inDoubt: 0, dropped: 0 };

console.log(`seed ${seed}`);
const began = performance.now();
await fc.assert(
  fc.asyncProperty(sequences, (sequence) => runSequence(sequence, tally)),
  { numRuns: Number(values.sequences), seed, endOnFailure: process.env['SHRINK'] === undefined },
);
console.log(`${values.sequences} sequences in ${Math.round((performance.now() - began) / 1000)} s`, tally);
if (Object.values(tally).some((count) => count === 0)) throw new Error('a run in which something never happened shows nothing');
