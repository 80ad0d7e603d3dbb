/** Knows about when the oldest span of the dedupe window came, from a few marks instead of a time per span. */

/** One mark per hundredth of the window: the age is never overstated, and understated by no more than that. */
const MARKS = 100;

/** Of each mark, oldest first: entries since, and its time. */
export type SavedAge = readonly (readonly [number, number])[];

export class WindowAge {
  readonly #step: number;
  /** Oldest first: when there were this many entries. */
  #marks: Readonly<{ added: number; timeMs: number }>[] = [];

  constructor(maxSpans: number) {
    this.#step = Math.max(1, Math.floor(maxSpans / MARKS));
  }

  /** After entries came. `added`: ever made, `size`: of them still there. */
  note(added: number, size: number, timeMs: number): void {
    const newest = this.#marks.at(-1);
    if (newest !== undefined && added - newest.added < this.#step) return;
    this.#marks.push({ added, timeMs });
    const oldest = this.#marks.findIndex((mark) => mark.added > added - size);
    if (oldest > 0) this.#marks = this.#marks.slice(oldest);
  }

  /** With the places counted back from the newest entry: what is loaded again counts anew. */
  save(added: number): SavedAge {
    return this.#marks.map((mark) => [added - mark.added, mark.timeMs]);
  }

  load(saved: SavedAge, added: number): void {
    this.#marks = saved.map(([back, timeMs]) => ({ added: added - back, timeMs }));
  }

  /** Undefined: the window is empty. */
  oldestMs(added: number, size: number): number | undefined {
    if (size === 0) return undefined;
    return (this.#marks.find((mark) => mark.added > added - size) ?? this.#marks.at(-1))?.timeMs;
  }
}
