/** What a label set shows to one reader: sums over its points, and 0 for as long as a scraper needs a baseline. */
import type { Exemplar, HistogramPoint, ScalarPoint } from '../data/metric.ts';
import { newerOf } from './exemplar.ts';
import type { Series, Sourced } from './page-family.ts';

/** Who reads, and when. */
export type Reading = Readonly<{
  nowMs: number;
  /** The latest that it has been: what was shown once is not taken back because a clock was set back. */
  latestMs: number;
  /** The reader counts nothing before the first sample of a series, so it must see a new one at 0 first. */
  baseline: boolean;
}>;

type ShownScalar = Readonly<{ value: bigint; exemplar: Exemplar | undefined }>;
type ShownHistogram = Readonly<{ counts: readonly bigint[]; sum: bigint; exemplars: readonly (Exemplar | undefined)[] }>;

export function shownCounter(series: Series<ScalarPoint>, reading: Reading): ShownScalar {
  let value = 0n;
  let exemplar: Exemplar | undefined;
  for (const sourced of series) {
    if (!isOpen(sourced, reading)) continue;
    value += sourced.point.value;
    if (sourced.exemplars) exemplar = newerOf(exemplar, sourced.point.exemplar);
  }
  return { value, exemplar };
}

/** At once; of equal label sets the largest value: a time or a limit does not add up. */
export function shownGauge(series: Series<ScalarPoint>): ShownScalar {
  const value = series.reduce((largest, { point }) => (point.value > largest ? point.value : largest), series[0].point.value);
  return { value, exemplar: undefined };
}

export function shownHistogram(series: Series<HistogramPoint>, buckets: number, reading: Reading): ShownHistogram {
  const counts = Array.from({ length: buckets }, () => 0n);
  const exemplars = Array.from({ length: buckets }, (): Exemplar | undefined => undefined);
  let sum = 0n;
  for (const sourced of series) {
    if (!isOpen(sourced, reading)) continue;
    const { point } = sourced;
    sum += point.sum;
    for (const [bucket, count] of counts.entries()) {
      counts[bucket] = count + (point.counts[bucket] ?? 0n);
      if (sourced.exemplars) exemplars[bucket] = newerOf(exemplars[bucket], point.exemplars[bucket]);
    }
  }
  return { counts, sum, exemplars };
}

/** The newest record counts too: a restart decides as before. */
function isOpen({ point, source }: Sourced<ScalarPoint | HistogramPoint>, { latestMs, baseline }: Reading): boolean {
  if (!baseline && !source.initialForAll) return true;
  return Math.max(latestMs, source.newestMs) >= point.bornMs + source.initialMs;
}
