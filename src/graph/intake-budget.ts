/** Bounds the bytes of requests that were read and not yet answered, over all receivers. */
import type { IntakeBudget } from '../component/contract.ts';

/** Enough for three of the largest bodies at once; V8 needs a multiple of it while they are decoded. */
export const DEFAULT_INTAKE_BYTES = 67_108_864;

export function createIntakeBudget(limitBytes: number): IntakeBudget {
  let inFlight = 0;
  return {
    admit(bytes) {
      // Alone it is admitted whatever its size: a request over the budget must not be refused for ever.
      if (inFlight > 0 && inFlight + bytes > limitBytes) return false;
      inFlight += bytes;
      return true;
    },
    release(bytes) {
      inFlight -= bytes;
    },
  };
}
