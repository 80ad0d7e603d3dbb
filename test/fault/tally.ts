/** Counts what happened in a fault run: one in which nothing happened has shown nothing. */
import assert from 'node:assert/strict';

export type Tally = Readonly<Record<string, number>>;

/** A shorter run may be without one of them and still be of use. */
const ENOUGH_ROUNDS = 50;
const NEEDED = ['tornTails', 'duplicates', 'inDoubt', 'refused'];

export function requireEvents(tally: Tally, rounds: number): void {
  if (rounds < ENOUGH_ROUNDS) return;
  for (const what of NEEDED) assert.ok((tally[what] ?? 0) > 0, `a run without ${what} shows nothing`);
}

export function sumOf(tallies: readonly Tally[]): Tally {
  const names = new Set(tallies.flatMap((tally) => Object.keys(tally)));
  return Object.fromEntries([...names].map((name) => [name, tallies.reduce((sum, tally) => sum + (tally[name] ?? 0), 0)]));
}

export function textOf(tally: Tally): string {
  return Object.entries(tally)
    .map(([what, count]) => `${what} ${count}`)
    .join(', ');
}
