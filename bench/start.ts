/** From nothing to the first request that is taken: the daemon with an empty journal, a Collector, and Node without a program. */
import { spawnSync } from 'node:child_process';
import type { Contestant } from './contestant.ts';
import { collector, spanmeter } from './contestants.ts';
import { markdown, median, spread } from './figures.ts';
import { CORE, pinned } from './programs.ts';
import type { Report, Settings } from './section.ts';

const MOST_MS = 400;

export async function start({ rounds, collector: program }: Settings): Promise<Report> {
  const daemon = spanmeter('spanmeter');
  const contestants = [daemon];
  if (program !== undefined) contestants.push(collector('Collector, fsync', program, { queue: 'fsync', compression: 'gzip' }));
  const msByName = new Map<string, number[]>([
    ...contestants.map(({ name }) => [name, []] as [string, number[]]),
    ['node -e 0', []],
  ]);
  for (const contestant of contestants) await startOnce(contestant); // what is cached is cached from here on
  for (let round = 0; round < rounds; round++) {
    for (const contestant of contestants) msByName.get(contestant.name)!.push(await startOnce(contestant));
    msByName.get('node -e 0')!.push(startNode());
  }
  const own = msByName.get(daemon.name)!;
  return {
    title: 'Start',
    made: `${rounds} starts, one after the other`,
    text: markdown(
      ['program', 'ms until the first request is taken'],
      Array.from(msByName, ([name, ms]) => [name, spread(ms, 0)]),
    ),
    targets: [
      {
        number: 9,
        measure: 'start to the first accepted POST',
        value: `${spread(own, 0)} ms`,
        target: `≤ ${MOST_MS} ms`,
        met: median(own) <= MOST_MS,
      },
    ],
  };
}

async function startOnce({ start }: Contestant): Promise<number> {
  const running = await start();
  await running.stop();
  return running.startMs;
}

function startNode(): number {
  const [command = '', ...args] = pinned(CORE.measured, [process.execPath, '-e', '0']);
  const beganMs = performance.now();
  spawnSync(command, args);
  return performance.now() - beganMs;
}
