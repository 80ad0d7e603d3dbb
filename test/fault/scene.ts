/** A station, a destination, senders and the oracle over all of them, for as many lives of the daemon as a fault takes. */
import assert from 'node:assert/strict';
import { until } from '../helpers/until.ts';
import { Load, type LoadOptions, Requests } from './load.ts';
import type { Choose } from './model-disk.ts';
import { Oracle } from './oracle.ts';
import { type Life, Station, type StationOptions } from './station.ts';
import { Tempo } from './tempo.ts';

const DELIVERY_MS = 120_000;

export class Scene {
  readonly oracle: Oracle;
  readonly tempo: Tempo;
  readonly station: Station;
  readonly #requests: Requests;
  readonly #choose: Choose;
  readonly #loads: Load[] = [];

  private constructor(choose: Choose, oracle: Oracle, tempo: Tempo, station: Station) {
    this.#choose = choose;
    this.oracle = oracle;
    this.tempo = tempo;
    this.station = station;
    this.#requests = new Requests(oracle, choose);
  }

  /** `others`: destinations beside the one that the oracle looks at. */
  static async open(choose: Choose, { others = {}, oracle = new Oracle(), ...options }: SceneOptions = {}): Promise<Scene> {
    const tempo = await Tempo.open(oracle);
    const station = await Station.open({ ...options, destinations: { tempo: tempo.url, ...others } });
    return new Scene(choose, oracle, tempo, station);
  }

  /** Runs to its end whatever `play` does; what it throws gets the name. */
  static async run<T>(name: string, choose: Choose, options: SceneOptions, play: (scene: Scene) => Promise<T>): Promise<T> {
    const scene = await Scene.open(choose, options);
    try {
      return await play(scene);
    } catch (error) {
      throw new Error(name, { cause: error });
    } finally {
      await scene.close();
    }
  }

  load(options: LoadOptions = {}): Load {
    const load = new Load(this.station.origin, this.oracle, this.#requests, this.#choose, options);
    this.#loads.push(load);
    return load;
  }

  /** After a start: nothing acknowledged is missing; what was in doubt is sent again, and then the sum is exact. */
  async judge(): Promise<void> {
    this.oracle.judgeStart(await this.station.figures());
    const load = this.load();
    await load.finish();
    await load.stop();
    assert.deepEqual(
      await this.station.figures(),
      this.oracle.issued.figures,
      'every request is counted once, to the last digit',
    );
  }

  /** Everything that was acknowledged has arrived. */
  async delivered(timeoutMs = DELIVERY_MS): Promise<void> {
    await until('everything is delivered', () => this.oracle.undelivered.size === 0, timeoutMs);
    if (this.tempo.fault !== undefined) throw this.tempo.fault;
  }

  /** A last life in peace: exact, delivered, and stopped in time. */
  async finish(): Promise<void> {
    const life = await this.station.start();
    await this.judge();
    await this.delivered();
    await this.stopped(life);
    this.oracle.judgeEnd(this.oracle.issued.figures, this.station.deadLetters());
  }

  async stopped(life: Life): Promise<void> {
    assert.equal(await life.end('SIGTERM'), 0, life.stderr);
  }

  async close(): Promise<void> {
    await Promise.all(this.#loads.map((load) => load.stop()));
    await this.station.close();
    this.tempo.close();
  }
}

export type SceneOptions = Omit<StationOptions, 'destinations'> &
  Readonly<{ others?: StationOptions['destinations']; oracle?: Oracle }>;

/** Two or three of them share the cores well: half of their time is the start of a process. */
export async function atOnce<T, R>(items: readonly T[], run: (item: T) => Promise<R>, most = 3): Promise<readonly R[]> {
  const waiting = items.entries();
  const results: R[] = [];
  const work = async () => {
    for (const [index, item] of waiting) results[index] = await run(item);
  };
  await Promise.all(Array.from({ length: most }, work));
  return results;
}
