/** `npm run fault:model -- --sequences 20000 [--seed 1] [--processes 2]`: random lives of a journal on the model disk. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { runSequence, sequences, type Tally } from './model.ts';
import { sumOf, textOf } from './tally.ts';

const OPTIONS = {
  sequences: { type: 'string', default: '20000' },
  seed: { type: 'string' },
  processes: { type: 'string', default: '2' },
} as const;

async function run(numRuns: number, seed: number): Promise<Tally> {
  const tally: Tally = { crashes: 0, torn: 0, duplicates: 0, inDoubt: 0, dropped: 0 };
  await fc.assert(
    fc.asyncProperty(sequences, (sequence) => runSequence(sequence, tally)),
    { numRuns, seed, endOnFailure: process.env['SHRINK'] === undefined },
  );
  return tally;
}

/** Rejects when it ends without a result. */
async function runElsewhere(numRuns: number, seed: number): Promise<Tally> {
  const child = fork(import.meta.filename, ['--sequences', String(numRuns), '--seed', String(seed), '--processes', '1']);
  const [result] = await Promise.race([once(child, 'message'), once(child, 'exit')]);
  if (typeof result !== 'object' || result === null) throw new Error(`sequences from seed ${seed} failed`);
  return result;
}

const { values } = parseArgs({ options: OPTIONS });
const seed = Number(values.seed ?? Date.now() % 2 ** 31);
const count = Number(values.sequences);
const processes = Number(values.processes);
const began = performance.now();
if (process.send === undefined) console.log(`seed ${seed}`);
const parts = Array.from({ length: processes }, (_, index) => seed + index);
const share = Math.ceil(count / processes);
const tally = processes === 1 ? await run(count, seed) : sumOf(await Promise.all(parts.map((part) => runElsewhere(share, part))));
if (process.send === undefined) {
  console.log(`${count} sequences in ${Math.round((performance.now() - began) / 1000)} s, all exact: ${textOf(tally)}`);
  for (const [what, times] of Object.entries(tally)) if (times === 0) throw new Error(`a run without ${what} shows nothing`);
} else {
  process.send(tally);
}
