/** A fault suite as a command: one line with its result, an exit code, and nothing left behind whatever happens. */

export const WORLDS = 2;

/** What the machine lacks is said; where everything must run, that is a failure. */
export function skip(what: string): never {
  const required = process.env['SPANMETER_REQUIRE_PEERS'] === '1';
  console.log(`${required ? 'FAILED' : 'SKIPPED'}: ${what}`);
  process.exit(required ? 1 : 0);
}

/** Without one it is drawn; it is printed, so that a failure can be had again. */
export function seedFrom(given: string | undefined): number {
  const seed = Number(given ?? Date.now() % 2 ** 31);
  console.log(`seed ${seed}`);
  return seed;
}

/** `run` resolves with the result in words. */
export async function runSuite(run: () => Promise<string>): Promise<never> {
  const began = performance.now();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => process.exit(1));
  try {
    const result = await run();
    console.log(`${result} (${Math.round((performance.now() - began) / 1000)} s)`);
    process.exit(0);
  } catch (error) {
    console.error(error);
    process.exit(1); // what was started ends with this process (children.ts)
  }
}

/** Side by side: half of the time of a round is the start of a process, which keeps one core busy. Each ends before one fails. */
export async function inWorlds<T>(seed: number, run: (seed: number) => Promise<T>): Promise<readonly T[]> {
  const settled = await Promise.allSettled(Array.from({ length: WORLDS }, (_, world) => run(seed + world)));
  return settled.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}
