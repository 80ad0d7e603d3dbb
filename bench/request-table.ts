/** What came of the requests: figures of each, then ratios made within a round, where all met the same machine. */
import { grouped, markdown, median, spread } from './figures.ts';
import type { Measured } from './measure.ts';
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
