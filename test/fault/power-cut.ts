/** `npm run fault:power -- --rounds 60 [--seed 1] [--data writeback]`: the image of a mounted file system is copied under load and mounted in place of it; needs root. */
import { join } from 'node:path';
import { inHalves, program, root, runCommand } from './command.ts';
import { CRASHED, inWrite, liveAndCrash, warmUp } from './crash.ts';
import type { Life } from './life.ts';
import type { Load } from './load.ts';
import type { Choose } from './model-disk.ts';
import { Mount, run } from './mounts.ts';
import { Scene } from './scene.ts';
import { requireEvents, sumOf, type Tally, textOf } from './tally.ts';

const IMAGE_MIB = 256;
const BLOCK_BYTES = 4_096;

/** `mode`: of the data of files, in the words of ext4. */
async function powerCuts(rounds: number, choose: Choose, mode: string): Promise<Tally> {
  // The copy must be quicker than the daemon, and the real disk is not what is tested.
  const mount = Mount.open('ext4', IMAGE_MIB, `data=${mode}`);
  try {
    return await Scene.run('power cuts', choose, { ...CRASHED, under: mount.folder }, async (scene) => {
      let inWrites = 0;
      await warmUp(scene);
      for (let round = 0; round < rounds; round++) {
        await liveAndCrash(scene, async (life, load) => {
          if (choose(3) === 0) {
            await stopInWrite(scene, life, load);
            inWrites += 1;
          } else life.signal('SIGSTOP');
          mount.keep();
          await life.end('SIGKILL');
          await load.stop();
          mount.restore();
        });
      }
      await scene.finish();
      return { ...scene.tally, inWrite: inWrites };
    });
  } finally {
    mount.close();
  }
}

/** Nothing of this write is synced; and of what is not synced, the system writes any part whenever it likes. */
async function stopInWrite(scene: Scene, life: Life, load: Load): Promise<void> {
  const { choose, station } = scene;
  await inWrite(scene, load);
  life.signal('SIGSTOP');
  const { path, bytes } = station.newestSegment();
  const blocks = Math.floor(bytes / BLOCK_BYTES);
  const [from, count] = [choose(blocks), 1 + choose(blocks)];
  // Reads these blocks and says that they will not be needed again: what is not on the disk of them is written now.
  run('dd', `if=${path}`, 'of=/dev/null', 'iflag=nocache', `bs=${BLOCK_BYTES}`, `skip=${from}`, `count=${count}`, 'status=none');
  // Somebody else's sync: the length of the file becomes durable with it.
  run('touch', join(station.data, 'other'));
  run('sync', join(station.data, 'other'));
}

await runCommand({
  name: 'power',
  rounds: [60, 600],
  needs: [root, program('mkfs.ext4')],
  options: { data: 'ordered' },
  async run({ options: { data = '' }, ...run }) {
    const tally = sumOf(await inHalves(run, (rounds, choose) => powerCuts(rounds, choose, data)));
    requireEvents(tally, run.rounds);
    return `${run.rounds} power cuts, data=${data}, all exact: ${textOf(tally)}`;
  },
});
