/** `npm run fault:power -- --rounds 60 [--seed 1]`: the image of a mounted file system is copied under load and mounted in place of it; needs root. */
import assert from 'node:assert/strict';
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CHILD, finish, live, Senders } from './kill.ts';
import { chooser } from './model-disk.ts';

const MAX_LIFE_MS = 400;
const TRIES = 5;

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '60' }, seed: { type: 'string' } } });
if (process.getuid?.() !== 0) {
  console.log('SKIPPED: only root may mount a file system');
} else {
  const seed = Number(values.seed ?? Date.now() % 2 ** 31);
  console.log(`seed ${seed}`);
  const began = performance.now();
  const { tally, acked } = await powerCuts(Number(values.rounds), seed);
  console.log(`${values.rounds} power cuts in ${Math.round((performance.now() - began) / 1000)} s, ${acked.size} spans`, tally);
  assert.ok(tally.inDoubt > 0 && tally.duplicates > 0, 'a run in which nothing happened shows nothing');
}

async function powerCuts(rounds: number, seed: number): Promise<Senders> {
  const choose = chooser(seed);
  const senders = new Senders();
  // In memory: the copy must be quicker than the journal, and the real disk is not what is tested.
  const folder = mkdtempSync('/dev/shm/spanmeter-power-');
  const [image, copy, again, mounted] = ['image', 'copy', 'again', 'mounted'].map((name) => join(folder, name)) as Four;
  const delivered = join(folder, 'delivered');
  const start = () => fork(CHILD, [join(mounted, 'data'), delivered], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  mkdirSync(mounted);
  run('truncate', '-s', '96M', image);
  run('mkfs.ext4', '-q', '-F', image);
  run('mount', '-o', 'loop', image, mounted);
  try {
    for (let round = 0; round < rounds; round++) {
      const child = start();
      await live(child, senders, choose, choose(MAX_LIFE_MS), async () => {
        child.kill('SIGSTOP');
        copyStill(image, copy, again);
        const exited = once(child, 'exit');
        child.kill('SIGKILL');
        await exited;
      });
      run('umount', mounted);
      renameSync(copy, image);
      run('mount', '-o', 'loop', image, mounted);
    }
    const child = start();
    await finish(child, senders, choose, delivered);
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  } finally {
    run('umount', mounted);
    rmSync(folder, { recursive: true });
  }
  return senders;
}

type Four = [string, string, string, string];

/** What the device holds at one moment: two copies that are equal. */
function copyStill(image: string, copy: string, again: string): void {
  for (let tries = 0; tries < TRIES; tries++) {
    copyFileSync(image, copy);
    copyFileSync(image, again);
    try {
      run('cmp', '-s', copy, again);
      return;
    } catch {
      // The kernel wrote in between.
    }
  }
  throw new Error('cannot copy the image: it does not come to rest');
}

function run(command: string, ...args: readonly string[]): void {
  execFileSync(command, args, { stdio: 'inherit' });
}
