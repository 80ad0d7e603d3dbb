/** `npm run fault:kill -- --rounds 200 [--seed 1]`: kill -9 under load, in the middle of writes, shutdowns and starts; nothing is lost or counted twice. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { until } from '../helpers/until.ts';
import { Lives } from './lives.ts';
import type { Load } from './load.ts';
import { type Choose, chooser } from './model-disk.ts';
import { inWorlds, runSuite, seedFrom, WORLDS } from './suite.ts';
import { requireEvents, sumOf, type Tally, textOf } from './tally.ts';

const SHUTDOWN_MS = 80;
/** Of the kills of a start, from the moment at which it has the data directory. */
const RECOVERY_MS = 40;
const IN_A_ROW = 5;
/** So many rounds, and the daemon is killed in its start, five times in a row. */
const RECOVERY_EVERY = 40;
const FIRST_RECOVERY = 5;

export async function killRounds(rounds: number, seed: number): Promise<Tally> {
  const choose = chooser(seed);
  const folder = mkdtempSync(join(tmpdir(), 'spanmeter-kill-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const lives = await Lives.create(choose, { folder, dataDirectory: join(folder, 'data') });
  const killer = new Killer(lives, choose);
  try {
    await lives.warmUp();
    for (let round = 0; round < rounds; round++) {
      await lives.live((load) => killer.kill(load));
      if (round % RECOVERY_EVERY === FIRST_RECOVERY) await killer.killStarts();
    }
    await lives.finish();
  } finally {
    await lives.close();
    rmSync(folder, { recursive: true, force: true });
  }
  const { tally, acked } = lives.oracle;
  return { ...tally, ...killer.tally, requests: acked.numbers.size };
}

class Killer {
  readonly tally = { inWrite: 0, inShutdown: 0, inRecovery: 0 };
  readonly #lives: Lives;
  readonly #choose: Choose;

  constructor(lives: Lives, choose: Choose) {
    this.#lives = lives;
    this.#choose = choose;
  }

  /** At any moment, as often as not; else where it hurts most. */
  async kill(load: Load): Promise<void> {
    const { victim } = this.#lives;
    const way = this.#choose(8);
    if (way === 0) {
      victim.signal('SIGTERM');
      await pause(this.#choose(SHUTDOWN_MS));
      this.tally.inShutdown += 1;
    } else if (way <= 3) {
      await this.#lives.inWrite(load);
      this.tally.inWrite += 1;
    }
    await victim.kill();
  }

  async killStarts(): Promise<void> {
    const { victim } = this.#lives;
    for (let start = 0; start < IN_A_ROW; start++) {
      victim.spawn();
      await until('the daemon recovers', () => victim.recovering || victim.ready);
      await pause(this.#choose(RECOVERY_MS));
      if (!victim.ready) this.tally.inRecovery += 1;
      await victim.kill();
      this.#lives.check();
    }
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: '200' }, seed: { type: 'string' } } });
  const rounds = Math.ceil(Number(values.rounds) / WORLDS);
  const seed = seedFrom(values.seed);
  await runSuite(async () => {
    const tally = sumOf(await inWorlds(seed, (own) => killRounds(rounds, own)));
    requireEvents(tally, rounds * WORLDS);
    return `${rounds * WORLDS} kills, all exact: ${textOf(tally)}`;
  });
}
