/** `npm run fault:power -- --rounds 60 [--seed 1] [--data writeback]`: the image of a mounted file system is copied under load and mounted in place of it; needs root. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Lives } from './lives.ts';
import type { Load } from './load.ts';
import { type Choose, chooser } from './model-disk.ts';
import { inWorlds, runSuite, seedFrom, skip, WORLDS } from './suite.ts';
import { requireEvents, sumOf, type Tally, textOf } from './tally.ts';

const TRIES = 50;
const IMAGE = '160M';
const BLOCK_BYTES = 4_096;

/** A file system in a file, in memory: the copy must be quicker than the daemon, and the real disk is not what is tested. */
class PowerSupply {
  readonly folder = mkdtempSync('/dev/shm/spanmeter-power-');
  readonly mounted = join(this.folder, 'mounted');
  readonly #image = join(this.folder, 'image');
  readonly #copy = join(this.folder, 'copy');
  readonly #again = join(this.folder, 'again');
  readonly #mode: string;

  /** `mode`: of the data of files, in the words of ext4. */
  constructor(mode: string) {
    this.#mode = mode;
    mkdirSync(this.mounted);
    run('truncate', '-s', IMAGE, this.#image);
    run('mkfs.ext4', '-q', '-F', this.#image);
    this.#mount();
    process.once('exit', () => this.end());
  }

  /** What the device holds at one moment: two copies that are equal. */
  keep(): void {
    for (let tries = 0; tries < TRIES; tries++) {
      for (const copy of [this.#copy, this.#again]) run('cp', '--sparse=always', this.#image, copy);
      if (spawnSync('cmp', ['-s', this.#copy, this.#again]).status === 0) return;
    }
    throw new Error('cannot copy the image: it does not come to rest');
  }

  /** The power is back, and the disk is as it was kept. */
  restore(): void {
    run('umount', this.mounted);
    renameSync(this.#copy, this.#image);
    this.#mount();
  }

  /** Once or twice, and though the daemon may still have files open. */
  end(): void {
    if (!existsSync(this.folder)) return;
    run('umount', '--lazy', this.mounted);
    rmSync(this.folder, { recursive: true });
  }

  #mount(): void {
    run('mount', '-o', `loop,data=${this.#mode}`, this.#image, this.mounted);
  }
}

async function powerCuts(rounds: number, seed: number, mode: string): Promise<Tally> {
  const choose = chooser(seed);
  const supply = new PowerSupply(mode);
  const tally = { inWrite: 0 };
  const lives = await Lives.create(choose, { folder: supply.folder, dataDirectory: join(supply.mounted, 'data') });
  const { victim, oracle } = lives;
  try {
    await lives.warmUp();
    for (let round = 0; round < rounds; round++) {
      await lives.live(async (load) => {
        if (choose(3) === 0) {
          await stopInWrite(lives, load, choose);
          tally.inWrite += 1;
        } else victim.signal('SIGSTOP');
        supply.keep();
        await victim.kill();
        await load.stop();
        supply.restore();
      });
    }
    await lives.finish();
    return { ...oracle.tally, ...tally, requests: oracle.acked.numbers.size };
  } finally {
    await lives.close();
    supply.end();
  }
}

/** Nothing of this write is synced; and of what is not synced, the system writes any part whenever it likes. */
async function stopInWrite(lives: Lives, load: Load, choose: Choose): Promise<void> {
  await lives.inWrite(load);
  lives.victim.signal('SIGSTOP');
  const { path, bytes } = lives.victim.newestSegment();
  const blocks = Math.floor(bytes / BLOCK_BYTES);
  const [from, count] = [choose(blocks), 1 + choose(blocks)];
  // Reads these blocks and says that they will not be needed again: what is not on the disk of them is written now.
  run('dd', `if=${path}`, 'of=/dev/null', 'iflag=nocache', `bs=${BLOCK_BYTES}`, `skip=${from}`, `count=${count}`, 'status=none');
  // Somebody else's sync: the length of the file becomes durable with it.
  run('touch', join(lives.victim.dataDirectory, 'other'));
  run('sync', join(lives.victim.dataDirectory, 'other'));
}

function run(command: string, ...args: readonly string[]): void {
  execFileSync(command, args, { stdio: 'inherit' });
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '60' },
    seed: { type: 'string' },
    data: { type: 'string', default: 'ordered' },
  },
});
if (process.getuid?.() !== 0) skip('only root may mount a file system');
const rounds = Math.ceil(Number(values.rounds) / WORLDS);
const seed = seedFrom(values.seed);
await runSuite(async () => {
  const tally = sumOf(await inWorlds(seed, (own) => powerCuts(rounds, own, values.data)));
  requireEvents(tally, rounds * WORLDS);
  return `${rounds * WORLDS} power cuts, data=${values.data}, all exact: ${textOf(tally)}`;
});
