/** `npm run fault:stop -- [--rounds 30 | --long] [--seed 1]`: SIGTERM under load while the destination takes requests and answers none. */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../helpers/until.ts';
import { runCommand } from './command.ts';
import type { Choose } from './model-disk.ts';
import { Scene } from './scene.ts';

/** What an orchestrator waits before it kills. */
const GRACE_MS = 10_000;
const LIFE_MS = 200;
/** One stop of so many is cut short by a kill. */
const KILLED_EVERY = 5;
const KILL_AFTER_MS = 300;
const ANSWERS = 20;
const PATIENCE_MS = 60_000;

await runCommand({
  name: 'stop',
  rounds: [30, 100],
  run: ({ choose, rounds }) =>
    Scene.run('SIGTERM under load', choose, {}, async (scene) => {
      const times: number[] = [];
      let killed = 0;
      for (let round = 0; round < rounds; round++) {
        const ms = await stopUnderLoad(scene, choose, round % KILLED_EVERY === KILLED_EVERY - 1);
        if (ms === undefined) killed += 1;
        else times.push(ms);
      }
      await scene.finish();
      const { acked, tally } = scene.oracle;
      assert.ok(tally.inDoubt > 0, 'a run in which every request was answered shows nothing');
      const longest = Math.round(Math.max(...times));
      return `${times.length} stops, the longest ${longest} ms, ${killed} cut short by a kill; ${acked.numbers.size} requests acknowledged, all counted once and delivered`;
    }),
});

/** Its milliseconds; undefined if it was killed before it ended. */
async function stopUnderLoad(scene: Scene, choose: Choose, kill: boolean): Promise<number | undefined> {
  const { station, oracle, tempo } = scene;
  const life = await station.start();
  await scene.judge();
  tempo.mood = 'silent';
  const answered = oracle.acked.numbers.size;
  const load = scene.load();
  load.start();
  await until('some answers', () => oracle.acked.numbers.size >= answered + ANSWERS, PATIENCE_MS);
  await pause(choose(LIFE_MS));
  const began = performance.now();
  const ended = life.end('SIGTERM');
  if (kill) {
    await pause(choose(KILL_AFTER_MS));
    life.signal('SIGKILL');
  }
  const end = await ended;
  const ms = performance.now() - began;
  await load.stop();
  if (kill && end === 'SIGKILL') return undefined;
  assert.equal(end, 0, life.stderr);
  assert.ok(ms < GRACE_MS, `a stop took ${Math.round(ms)} ms`);
  return ms;
}
