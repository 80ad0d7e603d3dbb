/** Knows about when the oldest span of the dedupe window came, from a few marks instead of a time per span. */

/** One mark per hundredth of the window: the age is never overstated, and understated by no more than that. */
const MARKS = 100;

export class WindowAge {
  readonly #step: number;
  /** Oldest first: when there were this many entries. */
  #marks: Readonly<{ added: number; timeMs: number }>[] = [];

  constructor(maxSpans: number) {
    this.#step = Math.max(1, Math.floor(maxSpans / MARKS));
  }

  /** After entries came. `added`: ever made, `size`: of them still there. */
  note(added: number, size: number, timeMs: number): void {
    const newest = this.#marks.at(-1)?.added ?? 0;
    if (added === newest || (newest > 0 && added - newest < this.#step)) return;
    this.#marks.push({ added, timeMs });
    const oldest = this.#marks.findIndex((mark) => mark.added > added - size);
    if (oldest > 0) this.#marks = this.#marks.slice(oldest);
  }

  /** Undefined: the window is empty. */
  oldestMs(added: number, size: number): number | undefined {
    if (size === 0) return undefined;
    return (this.#marks.find((mark) => mark.added > added - size) ?? this.#marks.at(-1))?.timeMs;
  }
}
