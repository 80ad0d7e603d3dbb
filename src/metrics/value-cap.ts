/** Admits the first values of a label and folds the rest into one, so that no label grows without end. */
import { z } from 'zod';
import { OVERFLOW } from './series.ts';

const Saved = z.array(z.string());

export class ValueCap {
  readonly #limit: number | undefined;
  readonly #admitted: Set<string>;

  /** How many values, first come; or which. */
  constructor(limit: number | readonly string[]) {
    this.#limit = typeof limit === 'number' ? limit : undefined;
    this.#admitted = new Set(typeof limit === 'number' ? [] : limit);
  }

  /** Admitted so far. */
  get size(): number {
    return this.#admitted.size;
  }

  /** The value itself if it is one of the admitted; else `other` beside a list, OVERFLOW beyond a number. Admitted stays admitted. */
  admit(raw: string): string {
    const value = raw.toWellFormed();
    if (this.#admitted.has(value)) return value;
    if (this.#limit === undefined) return 'other';
    if (value === OVERFLOW || this.#admitted.size >= this.#limit) return OVERFLOW;
    this.#admitted.add(value);
    return value;
  }

  save(): Uint8Array {
    return Buffer.from(JSON.stringify(this.#limit === undefined ? [] : [...this.#admitted]));
  }

  load(saved: Uint8Array): void {
    for (const value of Saved.parse(JSON.parse(Buffer.from(saved).toString()))) this.#admitted.add(value);
  }
}
