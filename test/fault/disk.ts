/** `npm run fault:disk [-- --seed 1]`: a disk that is full, one that becomes read-only, and a second daemon that cannot see the first; needs root. */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../helpers/until.ts';
import { program, root, runCommand } from './command.ts';
import type { Answered } from './load.ts';
import type { Choose } from './model-disk.ts';
import { type Kind, Mount } from './mounts.ts';
import { Scene } from './scene.ts';
import { Station } from './station.ts';

const MOUNT_MIB = 32;
/** Two segments and their snapshots must fit beside the room that is set aside. */
const JOURNAL = 'segment_size: 256KiB, max_size: 8MiB';
const REQUESTS = 300;
const FULL_MS = 3_000;
const PATIENCE_MS = 120_000;
/** Of refusals, each of them made and gone again. */
const MOST_GROWTH_BYTES = 96 * 2 ** 20;

await runCommand({
  name: 'disk',
  rounds: [1, 20],
  needs: [root, program('mkfs.ext4'), program('unshare')],
  async run({ choose, rounds }) {
    const facts: string[] = [];
    for (let round = 0; round < rounds; round++) {
      facts.splice(0);
      for (const kind of ['tmpfs', 'ext4'] as const) facts.push(await on(kind, choose, fullDisk));
      facts.push(await on('ext4', choose, readOnly), await on('tmpfs', choose, secondNamespace));
    }
    return facts.join('; ');
  },
});

async function on(kind: Kind, choose: Choose, play: (scene: Scene, mount: Mount) => Promise<string>): Promise<string> {
  const mount = Mount.open(kind, MOUNT_MIB);
  try {
    const options = { under: mount.folder, journal: JOURNAL };
    return await Scene.run(`${play.name} on ${kind}`, choose, options, (scene) => play(scene, mount));
  } finally {
    mount.close();
  }
}

/** 503 with Retry-After while there is no room, taken again by itself when there is, nothing lost, and what was refused is counted once it fits. */
async function fullDisk(scene: Scene, mount: Mount): Promise<string> {
  const answers: Answered[] = [];
  const life = await scene.station.start();
  const load = scene.load({ seen: (answered) => answers.push(answered) });
  load.start();
  await until('some requests are taken', () => scene.oracle.acked.numbers.size > REQUESTS, PATIENCE_MS);
  mount.fill();
  const refused = () => answers.filter(({ status }) => status === 503);
  await until('requests are refused', () => refused().length > 0, PATIENCE_MS);
  const rssBefore = life.rssBytes;
  await pause(FULL_MS);
  assert.ok(life.rssBytes - rssBefore < MOST_GROWTH_BYTES, `${life.rssBytes - rssBefore} bytes more while the disk is full`);
  assert.equal((await scene.station.get('health', '/readyz')).status, 503);
  const waiting = scene.oracle.issued.numbers.difference(scene.oracle.acked.numbers);
  assert.ok(waiting.size > 0, 'some wait');
  mount.empty();
  const [emptiedMs, answered] = [Date.now(), answers.length];
  const takenAgain = () => answers.slice(answered).find(({ status }) => status === 200);
  await until('requests are taken again', () => takenAgain() !== undefined, PATIENCE_MS);
  await load.stop();
  assert.deepEqual(new Set(refused().map(({ retryAfter }) => retryAfter)), new Set(['10']));
  assert.ok(answers.every(({ status }) => status === 200 || status === 503 || status === undefined));
  assert.equal(life.ended, undefined, life.stderr);
  await scene.judge();
  assert.ok(waiting.isSubsetOf(scene.oracle.acked.numbers), 'what was refused is taken in the end');
  await scene.stopped(life);
  await scene.finish();
  const resumedMs = (takenAgain()?.atMs ?? 0) - emptiedMs;
  return `full ${mount.kind}: ${refused().length} refused, taken again after ${(resumedMs / 1_000).toFixed(1)} s`;
}

/** What the system does when it finds a fault of the disk. Whether it is refused or ends: nothing acknowledged is lost. */
async function readOnly(scene: Scene, mount: Mount): Promise<string> {
  const answers: Answered[] = [];
  const life = await scene.station.start();
  const load = scene.load({ seen: (answered) => answers.push(answered) });
  load.start();
  await until('some requests are taken', () => scene.oracle.acked.numbers.size > REQUESTS, PATIENCE_MS);
  mount.makeReadOnly();
  const over = () => life.ended !== undefined || answers.some(({ status }) => status === 503);
  await until('nothing is taken any more', over, PATIENCE_MS);
  await pause(500);
  const from = answers.length;
  await pause(500);
  await load.stop();
  assert.ok(answers.slice(from).every(({ status }) => status !== 200));
  const ended = life.ended ?? (await life.end('SIGTERM'));
  assert.ok(ended === 74 || ended === 0, `ended with ${ended}: ${life.stderr}`);
  mount.makeWritable();
  await scene.finish();
  return `read-only: exit ${ended}`;
}

/** Both are process 1 of their own world, as in two containers on one volume. */
async function secondNamespace(scene: Scene, mount: Mount): Promise<string> {
  const through = ['unshare', '--fork', '--pid', '--mount-proc', '--kill-child'];
  const first = await scene.station.start({ through });
  const other = await Station.open({ under: mount.folder, destinations: { tempo: scene.tempo.url } });
  const second = other.begin({ through });
  assert.equal(await second.exited, 1, second.stderr);
  await other.close();
  assert.match(second.stderr, new RegExp(`cannot use \\\\?"${scene.station.data}\\\\?".*another process has it open`));
  const load = scene.load();
  load.start();
  await until('some requests are taken', () => scene.oracle.acked.numbers.size > REQUESTS, PATIENCE_MS);
  await first.end('SIGKILL');
  await load.stop();
  await scene.finish();
  return 'second PID namespace: refused, and taken over after kill -9';
}
