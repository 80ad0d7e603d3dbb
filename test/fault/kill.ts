/** `npm run fault:kill -- --rounds 200 [--seed 1]`: kill -9 under load, in the middle of writes, shutdowns and starts; nothing is lost or counted twice. */
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { inHalves, runCommand } from './command.ts';
import { CRASHED, inWrite, liveAndCrash, warmUp } from './crash.ts';
import type { Life } from './life.ts';
import type { Load } from './load.ts';
import type { Choose } from './model-disk.ts';
import { Scene } from './scene.ts';
import { requireEvents, sumOf, type Tally, textOf } from './tally.ts';

const SHUTDOWN_MS = 80;
/** Of the kills of a start, from the moment at which it has the data directory. */
const RECOVERY_MS = 40;
const IN_A_ROW = 5;
/** So many rounds, and the daemon is killed in its start, five times in a row. */
const RECOVERY_EVERY = 40;
const FIRST_RECOVERY = 5;

export function killRounds(rounds: number, choose: Choose): Promise<Tally> {
  return Scene.run('kill -9', choose, { ...CRASHED, onDisk: true }, async (scene) => {
    const killer = new Killer(scene);
    await warmUp(scene);
    for (let round = 0; round < rounds; round++) {
      await liveAndCrash(scene, (life, load) => killer.kill(life, load));
      if (round % RECOVERY_EVERY === FIRST_RECOVERY) await killer.killStarts();
    }
    await scene.finish();
    return { ...scene.tally, ...killer.tally };
  });
}

class Killer {
  readonly tally = { inWrite: 0, inShutdown: 0, inRecovery: 0 };
  readonly #scene: Scene;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** At any moment, as often as not; else where it hurts most. */
  async kill(life: Life, load: Load): Promise<void> {
    const { choose } = this.#scene;
    const way = choose(8);
    if (way === 0) {
      life.signal('SIGTERM');
      await pause(choose(SHUTDOWN_MS));
      this.tally.inShutdown += 1;
    } else if (way <= 3) {
      await inWrite(this.#scene, load);
      this.tally.inWrite += 1;
    }
    await life.end('SIGKILL');
  }

  async killStarts(): Promise<void> {
    const { choose, station } = this.#scene;
    for (let start = 0; start < IN_A_ROW; start++) {
      const life = station.begin();
      while (!isRecovering(life) && !life.ready) await pause(1);
      await pause(choose(RECOVERY_MS));
      if (!life.ready) this.tally.inRecovery += 1;
      await life.end('SIGKILL');
    }
  }
}

/** It has the data directory, unless it was too quick to be seen. */
function isRecovering({ pid }: Life): boolean {
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).some((fd) => readlinkSync(join(folder, fd)).endsWith('lock.db'));
  } catch {
    return false; // a file was closed in between
  }
}

if (import.meta.main) {
  await runCommand({
    name: 'kill',
    rounds: [200, 2_000],
    async run(run) {
      const tally = sumOf(await inHalves(run, killRounds));
      requireEvents(tally, run.rounds);
      return `${run.rounds} kills, all exact: ${textOf(tally)}`;
    },
  });
}
