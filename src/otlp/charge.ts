/** Accounts for the memory of one request: what was read and decompressed, until it is answered. */
import type { IntakeBudget } from '../component/contract.ts';
import { IntakeError } from '../component/errors.ts';

const RETRY_AFTER_SECONDS = 1;

export class Charge {
  readonly #budget: IntakeBudget;
  #bytes = 0;

  constructor(budget: IntakeBudget) {
    this.#budget = budget;
  }

  /** Throws if there is no room for a request of this size; holds nothing, since the bytes may come slowly or never. */
  probe(bytes: number): void {
    if (!this.#budget.admit(bytes)) throw noRoom();
    this.#budget.release(bytes);
  }

  /** Throws, and then holds nothing, if there is no room. What it held is given back first: alone, any request has room. */
  grow(bytes: number): void {
    const wanted = this.#bytes + bytes;
    this.release();
    if (!this.#budget.admit(wanted)) throw noRoom();
    this.#bytes = wanted;
  }

  release(): void {
    this.#budget.release(this.#bytes);
    this.#bytes = 0;
  }
}

function noRoom(): IntakeError {
  return new IntakeError('unavailable', 'cannot take the request: too many bytes are in flight; try again', {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
}
