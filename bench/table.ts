/** Figures of several rounds as rows of a table. */
import type { Measured } from './measure.ts';

/** One round: both programs, one right after the other. */
export type Round = Readonly<{ daemon: Measured; twin: Measured }>;

export type SizeResult = Readonly<{
  size: string;
  /** That the daemon was sent, warming up included. */
  requests: number;
  rounds: readonly Round[];
  highestMebibytes: Readonly<{ daemon: number; twin: number }>;
}>;

const HEADER = [
  '| body | program | requests/s | CPU µs per request | core busy | highest RSS, MiB |',
  '|---|---|---|---|---|---|',
];

/** Cells of several rounds are `median (lowest–highest)`. */
export function tableOf(results: readonly SizeResult[]): string {
  return [...HEADER, ...results.flatMap(rowsOf)].join('\n');
}

function rowsOf({ size, rounds, highestMebibytes }: SizeResult): readonly string[] {
  const row = (program: string, of: (round: Round) => Measured, mebibytes: number) => {
    const cells = [
      spread(
        rounds.map((round) => of(round).perSecond),
        0,
      ),
      spread(
        rounds.map((round) => of(round).cpuMicros),
        1,
      ),
      `${(median(rounds.map((round) => of(round).busy)) * 100).toFixed(0)} %`,
      mebibytes.toFixed(0),
    ];
    return `| ${[size, program, ...cells].join(' | ')} |`;
  };
  const ratio = (of: (measured: Measured) => number) =>
    spread(
      rounds.map(({ daemon, twin }) => of(daemon) / of(twin)),
      2,
    );
  return [
    row('spanmeter', ({ daemon }) => daemon, highestMebibytes.daemon),
    row('node:http + JSON.parse', ({ twin }) => twin, highestMebibytes.twin),
    `| ${size} | ratio | ${ratio(({ perSecond }) => perSecond)} | ${ratio(({ cpuMicros }) => cpuMicros)} | | |`,
  ];
}

export function spread(values: readonly number[], digits: number): string {
  const text = (value: number) => value.toFixed(digits).replace(/\B(?=(\d{3})+(?!\d)(?<!\.\d*))/g, ',');
  return values.length === 1
    ? text(values[0]!)
    : `${text(median(values))} (${text(Math.min(...values))}–${text(Math.max(...values))})`;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
