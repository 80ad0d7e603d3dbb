/** Lives of one daemon under load, each ended by a crash, with the oracle over all of them. */
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../helpers/until.ts';
import { Load, Requests } from './load.ts';
import type { Choose } from './model-disk.ts';
import { Oracle } from './oracle.ts';
import { type Mood, Tempo } from './tempo.ts';
import { hasTornTail } from './torn.ts';
import { Victim, type VictimOptions } from './victim.ts';

const MAX_LIFE_MS = 250;
const MOODS: readonly Mood[] = ['up', 'up', 'up', 'slow', 'down'];
/** What may wait for the destination, or the oldest of it would be given up. */
const MAX_UNDELIVERED = 5_000;
const WRITE_BEGAN_BYTES = 100_000;
const IN_WRITE_MS = 10_000;
const PATIENCE_MS = 60_000;
const FRESH_MS = 10_000;

export class Lives {
  readonly oracle: Oracle;
  readonly victim: Victim;
  readonly #choose: Choose;
  readonly #requests: Requests;
  readonly #tempo: Tempo;

  private constructor(choose: Choose, oracle: Oracle, tempo: Tempo, victim: Victim) {
    this.#choose = choose;
    this.oracle = oracle;
    this.#tempo = tempo;
    this.victim = victim;
    this.#requests = new Requests(oracle, choose);
  }

  static async create(choose: Choose, options: Omit<VictimOptions, 'tempoUrl'>): Promise<Lives> {
    const oracle = new Oracle();
    const tempo = await Tempo.open(oracle);
    return new Lives(choose, oracle, tempo, await Victim.create({ ...options, tempoUrl: tempo.url }));
  }

  /** Only a process that ends by itself leaves its compiled code to the next one. */
  async warmUp(): Promise<void> {
    await this.victim.start();
    await this.victim.stop();
  }

  /** Start, judgement, load, some scrapes; then `crash`, under load. */
  async live(crash: (load: Load) => Promise<void>): Promise<void> {
    const load = await this.#begin();
    this.#tempo.mood = MOODS[this.#choose(MOODS.length)] ?? 'up';
    const answered = this.oracle.acked.numbers.size;
    load.start();
    // A process that has just started takes its time for the first answers.
    if (this.#choose(4) > 0) await until('a first answer', () => this.oracle.acked.numbers.size > answered, PATIENCE_MS);
    for (let left = this.#choose(MAX_LIFE_MS); left > 0; left -= 100) {
      await pause(Math.min(left, 100));
      await this.#scrape();
    }
    await this.#deliverSome();
    await crash(load);
    await load.stop();
    this.check();
  }

  /** To be called between a crash and the next start. */
  check(): void {
    if (this.#tempo.fault !== undefined) throw this.#tempo.fault;
    const { path, bytes } = this.victim.newestSegment();
    if (bytes > 0 && hasTornTail(path)) this.oracle.tally.tornTails += 1;
  }

  /** Resolves when the disk has begun to write a large request, within moments of that. */
  async inWrite(load: Load): Promise<void> {
    const deadline = performance.now() + IN_WRITE_MS;
    let before = this.victim.newestSegment();
    load.sendLarge();
    for (;;) {
      const now = this.victim.newestSegment();
      if (now.bytes - (now.path === before.path ? before.bytes : 0) > WRITE_BEGAN_BYTES) return;
      if (performance.now() > deadline) throw new Error('a large request was not written in time');
      before = now;
      await new Promise(setImmediate);
    }
  }

  /** A last life without a crash: everything is sent until it is answered, delivered and summed up. */
  async finish(): Promise<void> {
    const load = await this.#begin();
    this.#tempo.mood = 'up';
    await load.finish();
    await until('everything is delivered', () => this.oracle.undelivered.size === 0, PATIENCE_MS);
    await load.sendFresh();
    await until('a fresh request is delivered', () => this.oracle.undelivered.size === 0, FRESH_MS);
    await load.stop();
    await this.#scrape();
    await this.victim.stop();
    this.check();
    await this.victim.start();
    this.oracle.judgeEnd(await this.victim.figures(), this.victim.deadLetters());
    await this.victim.kill();
  }

  /** Whatever the outcome. */
  async close(): Promise<void> {
    this.#tempo.close();
    await this.victim.end();
  }

  async #begin(): Promise<Load> {
    await this.victim.start();
    this.oracle.judgeStart(await this.victim.figures());
    return new Load(this.victim.origin, this.oracle, this.#requests, this.#choose);
  }

  async #scrape(): Promise<void> {
    const atLeast = this.oracle.acked.figures;
    this.oracle.judge(await this.victim.figures(), atLeast);
  }

  /** At its limit the journal would give up the oldest, and nothing may be missing here. */
  async #deliverSome(): Promise<void> {
    if (this.oracle.undelivered.size < MAX_UNDELIVERED) return;
    this.#tempo.mood = 'up';
    await until('the backlog is small', () => this.oracle.undelivered.size < MAX_UNDELIVERED, PATIENCE_MS);
  }
}
