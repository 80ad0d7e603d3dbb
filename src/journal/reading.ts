/** Which pipelines an exporter reads, and since when: a record is for those who read its pipeline when it came. */

/** From the record after `since` on. */
export type ReadingSince = Readonly<{ since: number; pipelines: readonly string[] }>;

type Period = Readonly<{ since: number; pipelines: ReadonlySet<string> }>;

export class Reading {
  /** Oldest first; the last one is in force. */
  #periods: readonly Period[];

  constructor(periods: readonly ReadingSince[] = []) {
    this.#periods = periods.map(({ since, pipelines }) => ({ since, pipelines: new Set(pipelines) }));
  }

  /** `settled`: nobody asks for records up to there any more. */
  change(since: number, pipelines: Iterable<string>, settled: number): void {
    const next = { since, pipelines: new Set(pipelines) };
    const same = this.#periods.at(-1)?.pipelines.symmetricDifference(next.pipelines).size === 0;
    if (!same) this.#periods = [...this.#periods, next];
    this.#periods = this.#periods.filter((_, index) => (this.#periods[index + 1]?.since ?? settled + 1) > settled);
  }

  /** Whether it reads a record of this number that is for these pipelines. */
  has(pipelines: readonly string[], seq: number): boolean {
    const period = this.#periods.findLast(({ since }) => since < seq);
    return period !== undefined && pipelines.some((pipeline) => period.pipelines.has(pipeline));
  }

  get periods(): readonly ReadingSince[] {
    return this.#periods.map(({ since, pipelines }) => ({ since, pipelines: [...pipelines] }));
  }
}
