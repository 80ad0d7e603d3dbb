/** Bounds the bytes of requests that were read and not yet answered, over all receivers. */
import type { IntakeBudget, Logger } from '../component/contract.ts';
import type { Plan } from './plan.ts';

/** Of the process when it starts; `totalBytes` is what the container allows, else what the machine has. */
export type Memory = Readonly<{ rssBytes: number; heapLimitBytes: number; totalBytes: number }>;

/** Enough for three of the largest bodies at once; V8 needs a multiple of it while they are decoded. */
const DEFAULT_BYTES = 67_108_864;
/** With less, large requests would wait for each other. */
const LEAST_BYTES = 16_777_216;
/** What the process grows by for each byte in flight: 8.8 with one JSON body of 16 MB, 7.8 with two, 2.7 with eight. */
const MEMORY_PER_BYTE = 8;

/** A reload may change how much it is. */
export type ResizableBudget = IntakeBudget & Readonly<{ resize: (limitBytes: number) => void }>;

/** So much that decoding it stays within what the strictest memory limiter leaves, wherever it stands; without one, a fixed amount. */
export function plannedIntakeBytes({ traces }: Plan, memory: Memory, logger: Logger): number {
  const limits = traces
    .flatMap(({ processors }) => processors)
    .flatMap(({ definition, config }) => definition.memoryLimit?.(config, memory.totalBytes) ?? []);
  if (limits.length === 0) return DEFAULT_BYTES;
  const left = Math.min(...limits.map((limit) => limit - memory.rssBytes), memory.heapLimitBytes);
  const budget = Math.floor(left / MEMORY_PER_BYTE);
  if (budget < LEAST_BYTES) {
    const fields = {
      left_bytes: Math.floor(left),
      budget_bytes: LEAST_BYTES,
      rss_bytes: memory.rssBytes,
      heap_limit_bytes: memory.heapLimitBytes,
    };
    logger.warn('the memory limit leaves less for requests than they need at least, and will not hold', fields);
  }
  return Math.max(budget, LEAST_BYTES);
}

export function createIntakeBudget(initialBytes: number): ResizableBudget {
  let limitBytes = initialBytes;
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
    resize(bytes) {
      limitBytes = bytes;
    },
  };
}
