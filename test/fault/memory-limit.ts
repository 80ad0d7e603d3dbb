/** `npm run fault:memory -- --rounds 4 [--seed 1]`: the daemon has too little memory and is ended for it; nothing is lost or counted twice. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { root, runCommand } from './command.ts';
import { CRASHED, liveAndCrash, warmUp } from './crash.ts';
import { atLatestAtExit } from './left-behind.ts';
import type { Life } from './life.ts';
import type { Load } from './load.ts';
import { Scene } from './scene.ts';
import { textOf } from './tally.ts';

const MIB = 1_048_576;
/** Beyond what it has when it has just begun to work: that stays with the group that it was in. */
const LIMIT_BYTES = 12 * MIB;
const LARGE_AT_ONCE = 6;
const PATIENCE_MS = 15_000;
/** Version 1 and 2, whichever is mounted. */
const GROUPS = [
  ['/sys/fs/cgroup/memory', 'memory.limit_in_bytes'],
  ['/sys/fs/cgroup', 'memory.max'],
] as const;

/** A group of processes whose memory the kernel limits. */
class MemoryGroup {
  readonly #folder: string;
  readonly #limitFile: string;
  readonly remove: () => void;

  private constructor(parent: string, limitFile: string) {
    this.#folder = join(parent, `spanmeter-${process.pid}`);
    this.#limitFile = limitFile;
    mkdirSync(this.#folder);
    this.remove = atLatestAtExit(() => rmdirSync(this.#folder));
  }

  static create(): MemoryGroup {
    const [parent, file] = GROUPS.find(isThere) ?? assert.fail('this machine has no groups of processes');
    return new MemoryGroup(parent, file);
  }

  limit(pid: number, bytes: number): void {
    writeFileSync(join(this.#folder, this.#limitFile), String(bytes));
    writeFileSync(join(this.#folder, 'cgroup.procs'), String(pid));
  }

  unlimit(): void {
    writeFileSync(join(this.#folder, this.#limitFile), String(2 ** 40));
  }
}

await runCommand({
  name: 'memory',
  rounds: [4, 40],
  needs: [root, () => (GROUPS.some(isThere) ? undefined : 'there are no groups of processes')],
  async run({ choose, rounds }) {
    const group = MemoryGroup.create();
    const tally = await Scene.run('too little memory', choose, CRASHED, async (scene) => {
      let killed = 0;
      await warmUp(scene);
      for (let round = 0; round < rounds; round++) {
        await liveAndCrash(scene, async (life, load) => {
          if (await isKilled(life, load, group)) killed += 1;
        });
      }
      await scene.finish();
      return { ...scene.tally, killed };
    });
    group.remove();
    assert.ok(tally.killed > 0, 'a run in which the daemon was never ended shows nothing');
    return `${rounds} times too little memory, all exact: ${textOf(tally)}`;
  },
});

/** By the system; else it is killed by us. */
async function isKilled(life: Life, load: Load, group: MemoryGroup): Promise<boolean> {
  group.limit(life.pid, LIMIT_BYTES);
  for (let large = 0; large < LARGE_AT_ONCE; large++) load.sendLarge();
  await Promise.race([life.exited, pause(PATIENCE_MS, undefined, { ref: false })]);
  const killed = life.ended !== undefined;
  await life.end('SIGKILL');
  group.unlimit();
  return killed;
}

function isThere([parent, file]: (typeof GROUPS)[number]): boolean {
  return existsSync(join(parent, 'cgroup.procs')) && (file === 'memory.max' || existsSync(join(parent, file)));
}
