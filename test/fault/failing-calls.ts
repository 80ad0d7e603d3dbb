/** Lets the disk of a daemon under load fail: nothing is acknowledged any more, it ends with 74, and the next one is exact. */
import assert from 'node:assert/strict';
import { until } from '../helpers/until.ts';
import { atOnce } from './command.ts';
import { SMALL_JOURNAL } from './killed-calls.ts';
import type { Answered, Load } from './load.ts';
import type { Choose } from './model-disk.ts';
import { Scene } from './scene.ts';
import { GatedLife } from './strace.ts';

type Fault = Readonly<{ rules: readonly string[]; see: (under: Under) => Promise<void> }>;
type Under = Readonly<{ gated: GatedLife; load: Load; answers: readonly Answered[]; rules: readonly string[] }>;

/** Every failure takes so long that what was acknowledged before it has arrived by then. */
const HELD_MS = 2_000;
const EIO = `error=EIO:delay_exit=${HELD_MS * 1_000}`;
/** So that segments come and go. */
const REQUESTS_BEFORE = 500;
const PATIENCE_MS = 120_000;

const FAULTS: readonly Fault[] = [
  ...[
    [`pwritev,pwrite64:${EIO}:when=5+`],
    [`fdatasync:${EIO}:when=5+`],
    [`fsync:${EIO}:when=2+`],
    [`rename:${EIO}:when=1+`],
    ['pwritev,pwrite64:error=ENOSPC:when=3..40', `ftruncate:${EIO}:when=1+`],
  ].map((rules) => ({ rules, see: endsWith74 })),
  { rules: ['openat:error=EMFILE:when=1+'], see: waitsForFiles },
];

export async function failingCalls(choose: Choose): Promise<string> {
  await atOnce(FAULTS, (fault) => {
    return Scene.run(`under ${fault.rules.join(' ')}`, choose, { journal: SMALL_JOURNAL }, (scene) => play(scene, fault));
  });
  return `${FAULTS.length - 1} failures of the disk ended it with 74 and no further answer 200; without free files it waited`;
}

async function play(scene: Scene, { rules, see }: Fault): Promise<void> {
  const answers: Answered[] = [];
  const gated = await GatedLife.begin(scene.station);
  await gated.open();
  const load = scene.load({ seen: (answered) => answers.push(answered) });
  load.start();
  await until('files come and go', () => scene.oracle.delivered.size > REQUESTS_BEFORE, PATIENCE_MS);
  await gated.disturb(...rules);
  await see({ gated, load, answers, rules });
  await scene.finish();
}

async function endsWith74({ gated, load, answers, rules }: Under): Promise<void> {
  assert.equal(await gated.life.exited, 74, gated.life.stderr);
  await load.stop();
  const [failedMs] = gated.disturbedMs(rules.at(-1) ?? '');
  assert.ok(failedMs !== undefined, 'it failed');
  const late = answers.filter(({ status, atMs }) => status === 200 && atMs > failedMs + HELD_MS);
  assert.deepEqual(late, [], 'no answer 200 after the failure');
}

/** Like a disk without room: it may come. */
async function waitsForFiles({ gated, load, answers }: Under): Promise<void> {
  const refusals = () => answers.filter(({ status }) => status === 503);
  await until('requests are refused', () => refusals().length > 0);
  assert.ok(refusals().every(({ retryAfter }) => retryAfter === '10'));
  await gated.leaveAlone();
  const before = answers.length;
  await until('requests are taken again', () => answers.slice(before).some(({ status }) => status === 200));
  await load.stop();
  assert.equal(await gated.life.end('SIGTERM'), 0, gated.life.stderr);
}
