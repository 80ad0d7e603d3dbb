/** Chooses which requests are shown, so that a busy pipeline does not flood the log. */

const WINDOW_MS = 1_000;

export class Sampling {
  readonly #initial: number;
  readonly #thereafter: number;
  #windowMs = Number.NEGATIVE_INFINITY;
  #seen = 0;

  constructor(initial: number, thereafter: number) {
    this.#initial = initial;
    this.#thereafter = thereafter;
  }

  /** Of the second that began with the first one: these many, then every nth. */
  chosen(nowMs: number): boolean {
    if (Math.abs(nowMs - this.#windowMs) >= WINDOW_MS) {
      this.#windowMs = nowMs;
      this.#seen = 0;
    }
    this.#seen += 1;
    const beyond = this.#seen - this.#initial;
    return beyond <= 0 || (this.#thereafter > 0 && beyond % this.#thereafter === 0);
  }
}
