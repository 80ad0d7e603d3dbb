/** A fault suite over real daemons as a command: `--rounds`, `--long`, `--seed`, what it needs of the machine, and its one line. */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { type Choose, chooser } from './model-disk.ts';
import { runSuite, seedFrom, skip } from './suite.ts';

export type Run = Readonly<{ choose: Choose; long: boolean; rounds: number }>;

/** Why it cannot be had here; undefined: it is there. */
export type Need = () => string | undefined;

export type Command = Readonly<{
  name: string;
  /** In the short form, and in the long one. */
  rounds: readonly [number, number];
  needs?: readonly Need[];
  /** Throws where a promise was broken; what it gives is the summary. */
  run: (run: Run) => Promise<string>;
}>;

export const root: Need = () => (process.getuid?.() === 0 ? undefined : 'only root may do this');

export function program(name: string): Need {
  return () => (spawnSync('sh', ['-c', `command -v ${name}`]).status === 0 ? undefined : `there is no ${name} on the PATH`);
}

export async function runCommand({ name, rounds: [short, many], needs = [], run }: Command): Promise<never> {
  const { values } = parseArgs({
    options: { rounds: { type: 'string' }, long: { type: 'boolean', default: false }, seed: { type: 'string' } },
  });
  const missing = needs.map((need) => need()).find((reason) => reason !== undefined);
  if (missing !== undefined) skip(`${name}: ${missing}`);
  const { long } = values;
  const choose = chooser(seedFrom(values.seed));
  const rounds = Number(values.rounds ?? (long ? many : short));
  return runSuite(async () => `${name}: ${await run({ choose, long, rounds })}`);
}
