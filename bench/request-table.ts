/** What came of the requests: figures of each, then ratios made within a round, where all met the same machine. */
import { grouped, markdown, median, spread } from './figures.ts';
import type { Measured } from './measure.ts';
import { NAMES } from './request-contestants.ts';
import type { BodyResult } from './side-by-side.ts';

const HEADER = [
  'body',
  'program',
  'requests/s',
  'delivered/s',
  'p50 ms',
  'p99 ms',
  'CPU µs',
  'RSS MiB',
  'written KB',
  'core busy',
  'refused',
] as const;

export function requestsTable(results: readonly BodyResult[]): string {
  return markdown(HEADER, results.flatMap(rowsOf));
}

function rowsOf({ body, rounds, highestMebibytes }: BodyResult): readonly (readonly string[])[] {
  return Array.from(highestMebibytes, ([name, mebibytes]) => {
    const all = rounds.map((round) => round.get(name)!);
    const of = (figure: keyof Measured) => all.map((measured) => measured[figure]);
    return [
      body.name,
      name,
      spread(of('perSecond'), 0),
      grouped(median(of('deliveredPerSecond'))),
      grouped(median(of('p50Ms')), 1),
      grouped(median(of('p99Ms')), 1),
      spread(of('cpuMicros'), 0),
      grouped(mebibytes),
      grouped(median(of('writtenBytes')) / 1000, 1),
      `${(median(of('busy')) * 100).toFixed(0)} %`,
      String(of('refused').reduce((sum, refused) => sum + refused, 0)),
    ];
  });
}

/** Of whom, to whom. */
const PAIRS = [
  [NAMES.durable, NAMES.fsync],
  [NAMES.durable, NAMES.queue],
  [NAMES['durable-zstd'], NAMES['queue-zstd']],
  [NAMES.memory, NAMES.queue],
  [NAMES.durable, NAMES.memory],
  [NAMES.alone, NAMES.keep],
] as const;
const FIGURES = ['perSecond', 'deliveredPerSecond', 'p50Ms', 'p99Ms', 'cpuMicros', 'writtenBytes'] as const;

export function ratiosTable(results: readonly BodyResult[]): string {
  const header = ['body', 'of', 'to', 'requests/s', 'delivered/s', 'p50', 'p99', 'CPU', 'written', 'highest RSS'];
  return markdown(
    header,
    results.flatMap((result) => PAIRS.flatMap(([of, to]) => ratioRow(result, of, to))),
  );
}

/** None where one of them did not take part. */
function ratioRow({ body, rounds, highestMebibytes }: BodyResult, of: string, to: string): readonly (readonly string[])[] {
  const [mine, theirs] = [highestMebibytes.get(of), highestMebibytes.get(to)];
  if (mine === undefined || theirs === undefined) return [];
  const cells = FIGURES.map((figure) => {
    const ratios = rounds.map((round) => round.get(of)![figure] / round.get(to)![figure]);
    return ratios.every(Number.isFinite) ? spread(ratios, 2) : '–'; // nothing was delivered, or written
  });
  return [[body.name, of, to, ...cells, (mine / theirs).toFixed(2)]];
}
