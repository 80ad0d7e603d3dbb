/** A fault suite as a command: `--rounds`, `--long`, `--seed`, what it needs of the machine, one line with its result, and an exit code. */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { type Choose, chooser } from './model-disk.ts';

/** `options`: those that this suite alone has. */
export type Run = Readonly<{ choose: Choose; long: boolean; rounds: number; options: Readonly<Record<string, string>> }>;

/** Why it cannot be had here; undefined: it is there. */
export type Need = () => string | undefined;

export type Command = Readonly<{
  name: string;
  /** In the short form, and in the long one. */
  rounds: readonly [number, number];
  needs?: readonly Need[];
  /** Further options with what they are by default. */
  options?: Readonly<Record<string, string>>;
  /** Throws where a promise was broken; what it gives is the summary. */
  run: (run: Run) => Promise<string>;
}>;

export const root: Need = () => (process.getuid?.() === 0 ? undefined : 'only root may do this');

export function program(name: string): Need {
  return () => (spawnSync('sh', ['-c', `command -v ${name}`]).status === 0 ? undefined : `there is no ${name} on the PATH`);
}

export async function runCommand({ name, rounds: [short, many], needs = [], options = {}, run }: Command): Promise<never> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string' },
      long: { type: 'boolean', default: false },
      seed: { type: 'string' },
      ...Object.fromEntries(Object.keys(options).map((option) => [option, { type: 'string' as const }])),
    } as const,
  });
  const missing = needs.map((need) => need()).find((reason) => reason !== undefined);
  if (missing !== undefined) skip(`${name}: ${missing}`);
  const seed = Number(values.seed ?? Date.now() % 2 ** 31);
  console.log(`seed ${seed}`); // so that a failure can be had again
  const given = Object.entries(values).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  const { long } = values;
  const rounds = Number(values.rounds ?? (long ? many : short));
  // What was started and made ends with the process.
  for (const posixSignal of ['SIGINT', 'SIGTERM'] as const) process.once(posixSignal, () => process.exit(1));
  const beganMs = performance.now();
  try {
    const result = await run({ choose: chooser(seed), long, rounds, options: { ...options, ...Object.fromEntries(given) } });
    console.log(`${name}: ${result} (${Math.round((performance.now() - beganMs) / 1_000)} s)`);
    process.exit(0);
  } catch (error) {
    console.error(error);
    process.exit(1);
  }
}

/** What the machine lacks is said; where everything must run, that is a failure. */
function skip(what: string): never {
  const required = process.env['SPANMETER_REQUIRE_PEERS'] === '1';
  console.log(`${required ? 'FAILED' : 'SKIPPED'}: ${what}`);
  process.exit(required ? 1 : 0);
}

/** Two or three of them share the cores well: half of their time is the start of a process. All end before the first failure is told. */
export async function atOnce<T, R>(items: readonly T[], run: (item: T) => Promise<R>, most = 3): Promise<readonly R[]> {
  const waiting = items.entries();
  const results: R[] = [];
  const failures: unknown[] = [];
  const work = async () => {
    for (const [index, item] of waiting) {
      try {
        results[index] = await run(item);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: most }, work));
  if (failures.length > 0) throw failures[0];
  return results;
}

/** The rounds of a suite in two halves beside each other, each with choices of its own. */
export function inHalves<R>(
  { rounds, choose }: Pick<Run, 'rounds' | 'choose'>,
  run: (rounds: number, choose: Choose) => Promise<R>,
): Promise<readonly R[]> {
  const half = Math.ceil(rounds / 2);
  return atOnce([half, rounds - half], (count) => run(count, chooser(choose(2 ** 31))), 2);
}
