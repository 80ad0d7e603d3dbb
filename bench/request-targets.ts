/** The targets that requests side by side settle. */
import { median, spread } from './figures.ts';
import type { Measured } from './measure.ts';
import { NAMES } from './request-contestants.ts';
import type { Target } from './section.ts';
import type { BodyResult } from './side-by-side.ts';

type Name = (typeof NAMES)[keyof typeof NAMES];
type Wanted = Readonly<{
  number: number;
  measure: string;
  figure: 'perSecond' | 'cpuMicros';
  of: Name;
  to: Name;
  /** By body; of CPU the most, else the least. */
  bounds: Readonly<Record<string, number>>;
}>;

const WANTED: readonly Wanted[] = [
  {
    number: 1,
    measure: 'requests/s, durable, to the Collector with a synced queue',
    figure: 'perSecond',
    of: NAMES.durable,
    to: NAMES.fsync,
    bounds: { '2 KB': 8, '8 KB': 6, '56 KB': 2.5 },
  },
  {
    number: 2,
    measure: 'requests/s, durable, to the Collector with a queue in memory, gzip',
    figure: 'perSecond',
    of: NAMES.durable,
    to: NAMES.queue,
    bounds: { '2 KB': 1, '8 KB': 1.2, '56 KB': 1.2 },
  },
  {
    number: 3,
    measure: 'the same with zstd',
    figure: 'perSecond',
    of: NAMES['durable-zstd'],
    to: NAMES['queue-zstd'],
    bounds: { '2 KB': 1.1, '8 KB': 1.5, '56 KB': 2 },
  },
  {
    number: 4,
    measure: 'CPU per request, durable, to the Collector with a synced queue',
    figure: 'cpuMicros',
    of: NAMES.durable,
    to: NAMES.fsync,
    bounds: { '2 KB': 0.15, '8 KB': 0.2, '56 KB': 0.4 },
  },
  {
    number: 5,
    measure: 'requests/s, durable, not forwarding, to the bare server that keeps',
    figure: 'perSecond',
    of: NAMES.alone,
    to: NAMES.keep,
    bounds: { '2 KB': 0.7, '8 KB': 0.7, '56 KB': 0.7 },
  },
  {
    number: 6,
    measure: 'requests/s of protobuf, durable, to the Collector with a synced queue',
    figure: 'perSecond',
    of: NAMES.durable,
    to: NAMES.fsync,
    bounds: { '100 spans': 3 },
  },
  {
    number: 6,
    measure: 'requests/s of protobuf, durable, to the Collector with a queue in memory',
    figure: 'perSecond',
    of: NAMES.durable,
    to: NAMES.queue,
    bounds: { '100 spans': 1 },
  },
];
const MOST_MEBIBYTES = 300;

export function requestTargets(results: readonly BodyResult[]): readonly Target[] {
  const ratios = WANTED.flatMap((wanted) => results.flatMap((result) => ratioTarget(wanted, result)));
  return [...ratios, ...results.flatMap(memoryTarget)];
}

function ratioTarget({ number, measure, figure, of, to, bounds }: Wanted, { body, rounds }: BodyResult): readonly Target[] {
  const bound = bounds[body.name];
  const pairs = rounds.flatMap((round) => {
    const [one, other] = [round.get(of), round.get(to)];
    return one === undefined || other === undefined ? [] : [[one, other] satisfies [Measured, Measured]];
  });
  if (bound === undefined || pairs.length === 0) return [];
  const ratios = pairs.map(([one, other]) => one[figure] / other[figure]);
  const most = figure === 'cpuMicros';
  const met = most ? median(ratios) <= bound : median(ratios) >= bound;
  return [
    {
      number,
      measure: `${measure}, ${body.name}`,
      value: `${spread(ratios, 2)} ×`,
      target: `${most ? '≤' : '≥'} ${bound} ×`,
      met,
    },
  ];
}

function memoryTarget({ body, highestMebibytes }: BodyResult): readonly Target[] {
  const highest = highestMebibytes.get(NAMES.durable);
  if (body.name !== '56 KB' || highest === undefined) return [];
  return [
    {
      number: 8,
      measure: `highest RSS, durable, ${body.name}`,
      value: `${highest.toFixed(0)} MiB`,
      target: `≤ ${MOST_MEBIBYTES} MiB`,
      met: highest <= MOST_MEBIBYTES,
    },
  ];
}
