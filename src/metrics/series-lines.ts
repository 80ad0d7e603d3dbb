/** Renders the lines of one label set; the text before each value is made once in the life of a series. */
import { decimalText } from '../data/exact.ts';
import type { Exemplar, HistogramPoint, Label, ScalarPoint } from '../data/metric.ts';
import { type Format, isOpenMetrics } from './negotiation.ts';
import { type PageFamily, type Series, seriesOf } from './page-family.ts';
import { boundText, exemplarText, labelsText, secondsText } from './page-text.ts';
import { type Reading, shownCounter, shownGauge, shownHistogram } from './shown.ts';

export type PageRequest = Omit<Reading, 'latestMs'> & Readonly<{ format: Format }>;

type LinesRequest = Reading & PageRequest;

type HistogramFamily = Extract<PageFamily, { kind: 'histogram' }>;
type ScalarFamily = Exclude<PageFamily, HistogramFamily>;
type Point = ScalarPoint | HistogramPoint;

export class SeriesLines {
  readonly #constLabels: readonly Label[];
  readonly #timestamps: boolean;
  /** Series never go while their sources are shown; a weak map would cost more than the text that it holds. */
  readonly #startsByPoint = new Map<Point, readonly string[]>();

  /** `constLabels` are added where a series has no label of that name; with `timestamps` each line tells when it was read. */
  constructor(constLabels: readonly Label[], timestamps: boolean) {
    this.#constLabels = constLabels.filter(([, value]) => value !== '');
    this.#timestamps = timestamps;
  }

  /** The text of one label set at a time; '' where there is none yet and the caller may give the loop back. */
  *of(family: PageFamily, request: LinesRequest): Generator<string> {
    const ending = this.#ending(request);
    // Two sources can have one label set, and a constant label can make two sets of one source equal.
    const alone = family.members.length === 1 && this.#constLabels.length === 0;
    const keyOf = alone ? undefined : (point: Point) => JSON.stringify(this.#labels(point).toSorted());
    if (family.kind === 'histogram') {
      yield* linesOf(seriesOf(family.members, keyOf), (series) => this.#histogram(family, series, request, ending));
    } else {
      yield* linesOf(seriesOf(family.members, keyOf), (series) => this.#scalar(family, series, request, ending));
    }
  }

  #scalar(family: ScalarFamily, series: Series<ScalarPoint>, request: LinesRequest, ending: Ending): string {
    const { value, exemplar } = family.kind === 'counter' ? shownCounter(series, request) : shownGauge(series);
    const [start = ''] = this.#starts(series[0].point, (labels) => [flat(family.sampleName, braced(labels), ' ')]);
    return start + decimalText(value) + ending(exemplar);
  }

  #histogram(family: HistogramFamily, series: Series<HistogramPoint>, request: LinesRequest, ending: Ending): string {
    const starts = this.#starts(series[0].point, (labels) => histogramStarts(family, labels));
    const { counts, sum, exemplars } = shownHistogram(series, family.bounds.length + 1, request);
    const lines: string[] = [];
    let total = 0n;
    for (const [bucket, count] of counts.entries()) {
      total += count;
      lines.push(starts[bucket] ?? '', decimalText(total), ending(exemplars[bucket]));
    }
    lines.push(starts.at(-2) ?? '', decimalText(sum), ending(undefined));
    lines.push(starts.at(-1) ?? '', decimalText(total), ending(undefined));
    return lines.join('');
  }

  #starts(point: Point, make: (labels: string) => readonly string[]): readonly string[] {
    const known = this.#startsByPoint.get(point);
    if (known !== undefined) return known;
    const starts = make(labelsText(this.#labels(point)));
    this.#startsByPoint.set(point, starts);
    return starts;
  }

  #labels({ labels }: Point): readonly Label[] {
    return [...labels, ...this.#constLabels.filter(([name]) => labels.every(([own]) => own !== name))];
  }

  #ending({ format, nowMs }: PageRequest): Ending {
    const openMetrics = isOpenMetrics(format);
    const time = this.#timestamps ? ` ${openMetrics ? secondsText(nowMs) : nowMs}` : '';
    return (exemplar) => `${time}${openMetrics && exemplar !== undefined ? exemplarText(exemplar) : ''}\n`;
  }
}

/** What follows the value of a line. */
type Ending = (exemplar: Exemplar | undefined) => string;

function* linesOf<S>(all: Iterable<S | undefined>, textOf: (series: S) => string): Generator<string> {
  for (const series of all) yield series === undefined ? '' : textOf(series);
}

function histogramStarts({ sampleName, bounds }: HistogramFamily, labels: string): readonly string[] {
  const separator = labels === '' ? '' : ',';
  const buckets = [...bounds.map(boundText), '+Inf'].map((le) =>
    flat(sampleName, '_bucket{', labels, separator, 'le="', le, '"} '),
  );
  return [...buckets, flat(sampleName, '_sum', braced(labels), ' '), flat(sampleName, '_count', braced(labels), ' ')];
}

/** One text in memory, not a tree of those that it was made of, which every page would walk through again. */
function flat(...parts: readonly string[]): string {
  return parts.join('');
}

function braced(labels: string): string {
  return labels === '' ? '' : `{${labels}}`;
}
