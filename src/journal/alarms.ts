/** What the journal will do later, all of it cancelled at once when it closes. */
import type { Alarm } from './journal-options.ts';

export class Alarms {
  readonly #after: Alarm;
  readonly #cancels = new Set<() => void>();
  #over = false;

  constructor(after: Alarm) {
    this.#after = after;
  }

  after(ms: number, run: () => void): void {
    if (this.#over) return;
    const cancel = this.#after(ms, () => {
      this.#cancels.delete(cancel);
      if (!this.#over) run();
    });
    this.#cancels.add(cancel);
  }

  every(ms: number, run: () => void): void {
    this.after(ms, () => {
      run();
      this.every(ms, run);
    });
  }

  /** Nothing runs any more. */
  cancelAll(): void {
    this.#over = true;
    for (const cancel of this.#cancels) cancel();
  }
}
