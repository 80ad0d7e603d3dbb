/** `npm run fault:memory -- --rounds 4 [--seed 1]`: the daemon has too little memory and is ended for it; nothing is lost or counted twice. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Lives } from './lives.ts';
import { chooser } from './model-disk.ts';
import { runSuite, seedFrom, skip } from './suite.ts';
import { type Tally, textOf } from './tally.ts';

const MIB = 1_048_576;
/** Beyond what it has when it has just begun to work: that stays with the group that it was in. */
const LIMIT_BYTES = 12 * MIB;
const LARGE_AT_ONCE = 6;
const PATIENCE_MS = 15_000;

/** A group of processes whose memory the kernel limits: version 1 or 2, whichever is mounted. */
class MemoryGroup {
  readonly #folder: string;
  readonly #limitFile: string;

  private constructor(parent: string, limitFile: string) {
    this.#folder = join(parent, `spanmeter-${process.pid}`);
    this.#limitFile = limitFile;
    mkdirSync(this.#folder);
  }

  /** Undefined: this machine has none, or they are not ours to make. */
  static create(): MemoryGroup | undefined {
    for (const [parent, file] of [
      ['/sys/fs/cgroup/memory', 'memory.limit_in_bytes'],
      ['/sys/fs/cgroup', 'memory.max'],
    ] as const) {
      if (!existsSync(join(parent, 'cgroup.procs'))) continue;
      try {
        return new MemoryGroup(parent, file);
      } catch {
        // Only root may.
      }
    }
    return undefined;
  }

  limit(pid: number, bytes: number): void {
    writeFileSync(join(this.#folder, this.#limitFile), String(bytes));
    writeFileSync(join(this.#folder, 'cgroup.procs'), String(pid));
  }

  unlimit(): void {
    writeFileSync(join(this.#folder, this.#limitFile), String(2 ** 40));
  }

  remove(): void {
    rmdirSync(this.#folder);
  }
}

async function limitRounds(rounds: number, seed: number, group: MemoryGroup): Promise<Tally> {
  const folder = mkdtempSync(join(tmpdir(), 'spanmeter-memory-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const lives = await Lives.create(chooser(seed), { folder, dataDirectory: join(folder, 'data') });
  const { victim, oracle } = lives;
  let killed = 0;
  try {
    await lives.warmUp();
    for (let round = 0; round < rounds; round++) {
      await lives.live(async (load) => {
        let ended = false;
        const exited = victim.exited.then(() => {
          ended = true;
        });
        group.limit(victim.pid, LIMIT_BYTES);
        for (let large = 0; large < LARGE_AT_ONCE; large++) load.sendLarge();
        await Promise.race([exited, pause(PATIENCE_MS, undefined, { ref: false })]);
        if (ended) killed += 1;
        else await victim.kill();
        group.unlimit();
      });
    }
    await lives.finish();
    return { ...oracle.tally, killed, requests: oracle.acked.numbers.size };
  } finally {
    await lives.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '4' }, seed: { type: 'string' } } });
const group = MemoryGroup.create();
if (group === undefined) skip('only root may limit the memory of a process');
process.once('exit', () => group.remove());
const seed = seedFrom(values.seed);
await runSuite(async () => {
  const tally = await limitRounds(Number(values.rounds), seed, group);
  assert.ok((tally['killed'] ?? 0) > 0, 'a run in which the daemon was never ended shows nothing');
  return `${values.rounds} times too little memory, all exact: ${textOf(tally)}`;
});
