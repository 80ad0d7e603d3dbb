/**
 * Bounds the spans that are decoded and not yet safe: as objects they are many times their bytes, and while they wait for the
 * journal the garbage collector copies them.
 */
import { Fifo } from '../component/fifo.ts';
import { spanCount } from '../data/spans.ts';
import type { DecodedTraces } from './decoded.ts';

/** And those of one request more. Twenty requests of 100 spans: larger groups of the journal make none of them cheaper. */
const MOST = 2_000;
/** Of decoding what had to wait; then others get their turn of the loop. */
const TURN_MS = 2;

type Decode = () => DecodedTraces | undefined;

export class DecodedSpans {
  #count = 0;
  readonly #waiting = new Fifo<() => void>();
  #scheduled = false;

  /** At once, or when there is room; what comes of it counts until it is released. Alone any request has room. */
  decode(work: Decode): ReturnType<Decode> | Promise<ReturnType<Decode>> {
    if (this.#count < MOST && this.#waiting.first === undefined) return this.#decode(work);
    return new Promise((resolve, reject) => {
      this.#waiting.push(() => {
        try {
          resolve(this.#decode(work));
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  release(spans: number): void {
    this.#count -= spans;
    this.#letIn();
  }

  #decode(work: Decode): ReturnType<Decode> {
    const traces = work();
    if (traces !== undefined) this.#count += spanCount(traces.batch);
    return traces;
  }

  #letIn(): void {
    if (this.#scheduled || this.#count >= MOST || this.#waiting.first === undefined) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#decodeWaiting();
    });
  }

  #decodeWaiting(): void {
    const endMs = performance.now() + TURN_MS;
    while (this.#count < MOST && performance.now() < endMs) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      next();
    }
    this.#letIn();
  }
}
