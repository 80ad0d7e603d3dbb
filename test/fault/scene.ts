/** A station, a destination, senders and the oracle over all of them, for as many lives of the daemon as a fault takes. */
import assert from 'node:assert/strict';
import { until } from '../helpers/until.ts';
import type { Life } from './life.ts';
import { Load, type LoadOptions, Requests } from './load.ts';
import type { Choose } from './model-disk.ts';
import { Oracle } from './oracle.ts';
import { Station, type StationOptions } from './station.ts';
import type { Tally } from './tally.ts';
import { Tempo } from './tempo.ts';

/** `others`: destinations beside the one that the oracle looks at. */
export type SceneOptions = Omit<StationOptions, 'destinations'> &
  Readonly<{ others?: StationOptions['destinations']; oracle?: Oracle }>;

const DELIVERY_MS = 120_000;
const FRESH_MS = 10_000;

export class Scene {
  readonly choose: Choose;
  readonly oracle: Oracle;
  readonly tempo: Tempo;
  readonly station: Station;
  readonly #requests: Requests;
  readonly #loads: Load[] = [];

  private constructor(choose: Choose, oracle: Oracle, tempo: Tempo, station: Station) {
    this.choose = choose;
    this.oracle = oracle;
    this.tempo = tempo;
    this.station = station;
    this.#requests = new Requests(oracle, choose);
  }

  /** To its end, whatever `play` does; what it throws gets the name. */
  static async run<T>(name: string, choose: Choose, options: SceneOptions, play: (scene: Scene) => Promise<T>): Promise<T> {
    const { others = {}, oracle = new Oracle(), ...rest } = options;
    const tempo = await Tempo.open(oracle);
    const station = await Station.open({ ...rest, destinations: { tempo: tempo.url, ...others } });
    const scene = new Scene(choose, oracle, tempo, station);
    try {
      return await play(scene);
    } catch (error) {
      throw new Error(`${name}\n${station.complaints}`, { cause: error });
    } finally {
      await scene.#close();
    }
  }

  /** What happened in it. */
  get tally(): Tally {
    const { tally, acked } = this.oracle;
    return { ...tally, tornTails: this.station.tornTails, requests: acked.numbers.size };
  }

  load(options: LoadOptions = {}): Load {
    const load = new Load(this.station.origin, this.oracle, this.#requests, this.choose, options);
    this.#loads.push(load);
    return load;
  }

  /** After a start: nothing that was acknowledged is missing; what was in doubt is there whole or not at all. */
  async judgeStart(): Promise<void> {
    this.#judgeArrivals();
    this.oracle.judgeStart(await this.station.figures());
  }

  /** After a start: what was in doubt is sent again, and then the sum is exact. */
  async judge(): Promise<void> {
    await this.judgeStart();
    const load = this.load();
    await load.finish();
    await load.stop();
    assert.deepEqual(
      await this.station.figures(),
      this.oracle.issued.figures,
      'every request is counted once, to the last digit',
    );
  }

  /** While requests come in. */
  async judgeScrape(): Promise<void> {
    const atLeast = this.oracle.acked.figures;
    this.oracle.judge(await this.station.figures(), atLeast);
  }

  /** Everything that was acknowledged has arrived. */
  async delivered(timeoutMs = DELIVERY_MS): Promise<void> {
    const { undelivered } = this.oracle;
    await until('everything is delivered', () => undelivered.size === 0, timeoutMs).catch(async (error: unknown) => {
      const { body } = await this.station.get('own', '/metrics');
      const figures = body.split('\n').filter((line) => /^(spanmeter_journal|otelcol_exporter)\w+[{ ]/.test(line));
      throw new Error(`requests ${[...undelivered].slice(0, 20)} of ${undelivered.size}\n${figures.join('\n')}`, {
        cause: error,
      });
    });
    this.#judgeArrivals();
  }

  /** A last life in peace: exact, delivered, quick with what is new, stopped in time; and the next one shows the same. */
  async finish(): Promise<void> {
    this.tempo.mood = 'up';
    const life = await this.station.start();
    await this.judge();
    await this.delivered();
    const load = this.load();
    await load.sendFresh();
    await this.delivered(FRESH_MS);
    await load.stop();
    await this.stopped(life);
    const last = await this.station.start();
    this.oracle.judgeEnd(await this.station.figures(), this.station.deadLetters());
    await last.end('SIGKILL');
  }

  async stopped(life: Life): Promise<void> {
    assert.equal(await life.end('SIGTERM'), 0, life.stderr);
  }

  #judgeArrivals(): void {
    if (this.tempo.fault !== undefined) throw this.tempo.fault;
  }

  async #close(): Promise<void> {
    await Promise.all(this.#loads.map((load) => load.stop()));
    await this.station.close();
    this.tempo.close();
  }
}
