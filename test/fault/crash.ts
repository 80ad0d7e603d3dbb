/** Lives under load, each ended by a crash: at any moment, or in the middle of a large write. */
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../helpers/until.ts';
import { kindOf } from './bodies.ts';
import type { Life } from './life.ts';
import type { Load } from './load.ts';
import type { Scene, SceneOptions } from './scene.ts';
import type { Mood } from './tempo.ts';

/** Segments come and go, and there is room for what many crashes leave behind: nothing may be given up here. */
export const CRASHED: SceneOptions = { journal: 'segment_size: 1MiB, max_size: 128MiB' };

const MAX_LIFE_MS = 250;
const MOODS: readonly Mood[] = ['up', 'up', 'up', 'slow', 'down'];
/** What may wait for the destination at a crash: some 20 MB. What was delivered since the last snapshot lies there too. */
const MOST_UNDELIVERED = 1_500;
const MOST_LARGE = 3;
const WRITE_BEGAN_BYTES = 100_000;
const IN_WRITE_MS = 10_000;
const PATIENCE_MS = 60_000;

/** Only a process that ends by itself leaves its compiled code to the next one. */
export async function warmUp({ station }: Scene): Promise<void> {
  await (await station.start()).end('SIGTERM');
}

/** Start, judgement, load, some scrapes; then `crash`, under load. */
export async function liveAndCrash(scene: Scene, crash: (life: Life, load: Load) => Promise<unknown>): Promise<void> {
  const { choose, oracle, tempo } = scene;
  const life = await scene.station.start();
  await scene.judgeStart();
  tempo.mood = MOODS[choose(MOODS.length)] ?? 'up';
  const answered = oracle.acked.numbers.size;
  const load = scene.load();
  load.start();
  // A process that has just started takes its time for the first answers.
  if (choose(4) > 0) await until('a first answer', () => oracle.acked.numbers.size > answered, PATIENCE_MS);
  for (let left = choose(MAX_LIFE_MS); left > 0; left -= 100) {
    await pause(Math.min(left, 100));
    await scene.judgeScrape();
  }
  await deliverSome(scene);
  await crash(life, load);
  await load.stop();
}

/** Resolves when the disk has begun to write a large request, within moments of that. */
export async function inWrite({ station }: Scene, load: Load): Promise<void> {
  const deadline = performance.now() + IN_WRITE_MS;
  let before = station.newestSegment();
  load.sendLarge();
  for (;;) {
    const now = station.newestSegment();
    if (now.bytes - (now.path === before.path ? before.bytes : 0) > WRITE_BEGAN_BYTES) return;
    if (performance.now() > deadline) throw new Error('a large request was not written in time');
    before = now;
    await new Promise(setImmediate);
  }
}

/** At its limit the journal would give up the oldest, and nothing may be missing here. */
async function deliverSome({ oracle, tempo }: Scene): Promise<void> {
  if (isSmall(oracle)) return;
  tempo.mood = 'up';
  await until('the backlog is small', () => isSmall(oracle), PATIENCE_MS);
}

function isSmall({ undelivered }: Scene['oracle']): boolean {
  const large = [...undelivered].filter((number) => kindOf(number) === 'large');
  return undelivered.size < MOST_UNDELIVERED && large.length < MOST_LARGE;
}
