/** Kills a daemon at the n-th write, sync, rename, … from its start on or under load: nothing acknowledged is lost or counted twice. */
import assert from 'node:assert/strict';
import { atOnce } from './command.ts';
import type { Choose } from './model-disk.ts';
import { Scene } from './scene.ts';
import { GatedLife } from './strace.ts';

type Call = Readonly<{ kill: string; and?: string; most?: number }>;
type Moment = 'from the start' | 'under load';

/** Each with what else must happen for the call to be made. */
const CALLS: readonly Call[] = [
  // Cuts back what did not fit: then the daemon looks for room every two seconds.
  { kill: 'ftruncate', and: 'pwritev,pwrite64:error=ENOSPC:when=2+2', most: 3 },
  { kill: 'pwritev,pwrite64' },
  { kill: 'fdatasync' },
  { kill: 'fsync' },
  { kill: 'rename' },
  { kill: 'unlink' },
  { kill: 'openat' },
];
/** Segments of the smallest size, so that files come and go all the time. */
export const SMALL_JOURNAL = 'segment_size: 64KiB, max_size: 2MiB';
const LONGEST_LIFE_MS = 60_000;

export async function killedCalls(rounds: number, long: boolean, choose: Choose): Promise<string> {
  const scenes = await atOnce(CALLS, (call) => {
    return Scene.run(`killed at ${call.kill}`, choose, { journal: SMALL_JOURNAL }, (scene) =>
      killedAt(scene, call, rounds, long),
    );
  });
  const killed = scenes.reduce((sum, scene) => sum + scene.killed, 0);
  const inDoubt = scenes.reduce((sum, scene) => sum + scene.inDoubt, 0);
  assert.ok(inDoubt > 0, 'a run in which nothing happened shows nothing');
  return `killed at ${killed} system calls, ${inDoubt} requests in doubt, all exact`;
}

async function killedAt(scene: Scene, { kill, and, most = Number.POSITIVE_INFINITY }: Call, rounds: number, long: boolean) {
  let killed = 0;
  for (let nth = 1; nth <= Math.min(most, rounds); nth++) {
    const moments: readonly Moment[] = long
      ? ['from the start', 'under load']
      : [nth % 2 === 0 ? 'from the start' : 'under load'];
    for (const moment of moments) {
      const rules = [...(and === undefined ? [] : [and]), `${kill}:signal=SIGKILL:when=${nth}`];
      if (await oneLife(scene, rules, moment)) killed += 1;
    }
  }
  await scene.finish();
  return { killed, inDoubt: scene.oracle.tally.inDoubt };
}

/** False when it ended before it came to that call. */
async function oneLife(scene: Scene, rules: readonly string[], moment: Moment): Promise<boolean> {
  const load = scene.load();
  const gated = await GatedLife.begin(scene.station);
  const { life } = gated;
  if (moment === 'from the start') await gated.disturb(...rules);
  if (await gated.open()) {
    if (moment === 'under load') await scene.judge();
    load.start();
    if (moment === 'under load') await gated.disturb(...rules);
  }
  let reached = true;
  const longest = setTimeout(() => {
    reached = false;
    life.signal('SIGKILL');
  }, LONGEST_LIFE_MS);
  const ended = await life.exited;
  clearTimeout(longest);
  await load.stop();
  assert.equal(ended, 'SIGKILL', life.stderr);
  if (!reached) console.log(`not reached within ${LONGEST_LIFE_MS / 1000} s: ${rules.at(-1)}`);
  return reached;
}
