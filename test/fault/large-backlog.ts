/** A backlog of a gigabyte: the start after kill -9 is quick and exact, and a kill in the middle of the catching up repeats little. */
import assert from 'node:assert/strict';
import { until } from '../helpers/until.ts';
import { kindOf } from './bodies.ts';
import type { Choose } from './model-disk.ts';
import { Scene } from './scene.ts';

const MEBIBYTES = { short: 1_024, long: 10_240 } as const;
const REQUEST_MIB = 3.34;
const CONNECTIONS = 4;
/** What is under way at the kill counts for more in a small backlog. */
const MOST_REPEATED = { short: 0.05, long: 0.01 } as const;
const PATIENCE_MS = 600_000;

export async function largeBacklog(choose: Choose, long: boolean): Promise<string> {
  const mebibytes = long ? MEBIBYTES.long : MEBIBYTES.short;
  return Scene.run('a large backlog', choose, { onDisk: true, journal: `max_size: ${2 * mebibytes}MiB` }, (scene) =>
    play(scene, mebibytes, long ? MOST_REPEATED.long : MOST_REPEATED.short),
  );
}

async function play(scene: Scene, mebibytes: number, mostRepeated: number): Promise<string> {
  const { oracle, station, tempo } = scene;
  const wanted = Math.ceil(mebibytes / REQUEST_MIB);
  await tempo.leave();
  const first = await station.start();
  const load = scene.load({ connections: CONNECTIONS, kind: 'large' });
  load.start();
  await until('the backlog is there', () => oracle.acked.numbers.size >= wanted, PATIENCE_MS);
  await first.end('SIGKILL');
  await load.stop();

  const beganMs = performance.now();
  const second = await station.start();
  const startMs = performance.now() - beganMs;
  const rssMiB = second.rssBytes / 2 ** 20;
  oracle.judgeStart(await station.figures());
  await tempo.comeBack();
  // Places of exporters are written with what comes in.
  const steady = scene.load({ connections: 1 });
  steady.start();
  await until('half of it has arrived', () => largeIn(oracle.delivered) >= wanted / 2, PATIENCE_MS);
  await second.end('SIGKILL');
  await steady.stop();
  const third = await station.start();
  await scene.judge();
  await scene.delivered(PATIENCE_MS);
  await scene.stopped(third);
  const repeated = (oracle.arrivals - oracle.delivered.size) / largeIn(oracle.delivered);
  assert.ok(repeated < mostRepeated, `${(repeated * 100).toFixed(1)} % arrived twice`);
  const facts = `started in ${(startMs / 1_000).toFixed(1)} s with ${rssMiB.toFixed(0)} MiB`;
  return `backlog of ${mebibytes} MiB: ${facts}, after a kill in the catching up ${(repeated * 100).toFixed(2)} % came twice, exact`;
}

function largeIn(numbers: ReadonlySet<number>): number {
  return [...numbers].filter((number) => kindOf(number) === 'large').length;
}
