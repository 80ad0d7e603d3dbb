/** Chooses between two exemplars of one line. */
import type { Exemplar } from '../data/metric.ts';

/** The newest span end, not the newest arrival: Prometheus refuses an exemplar that is older than the one it has. */
export function newerOf(held: Exemplar | undefined, offered: Exemplar | undefined): Exemplar | undefined {
  if (held === undefined || offered === undefined) return held ?? offered;
  return offered.timeMs > held.timeMs ? offered : held;
}
