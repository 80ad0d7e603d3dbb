/** Bounds the spans that are decoded and not yet safe: as objects they are many times their bytes, and dear to the garbage collector once they have to wait. */

import { Fifo } from '../component/fifo.ts';
import { spanCount } from '../data/spans.ts';
import type { DecodedTraces } from './decoded.ts';

/** More of them in one group of the journal make nothing cheaper. */
const MOST = 2_000;

type Decode = () => DecodedTraces | undefined;

export class DecodedSpans {
  #count = 0;
  readonly #waiting = new Fifo<() => void>();

  /** At once, or when there is room; what comes of it counts until it is released. Alone any request has room. */
  decode(work: Decode): ReturnType<Decode> | Promise<ReturnType<Decode>> {
    if (this.#count < MOST) return this.#decoded(work);
    return new Promise((resolve, reject) => {
      this.#waiting.push(() => {
        try {
          resolve(this.#decoded(work));
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  release(spans: number): void {
    this.#count -= spans;
    while (this.#count < MOST) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      next();
    }
  }

  #decoded(work: Decode): ReturnType<Decode> {
    const traces = work();
    if (traces !== undefined) this.#count += spanCount(traces.batch);
    return traces;
  }
}
