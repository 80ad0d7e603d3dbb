/** Writes figures for a person to read. */
import { decimalText, divideHalfUp } from '../data/exact.ts';
import { printable } from '../data/printable.ts';
import { type ByModel, type Figures, sumOf } from './tally.ts';

const SHOWN_DECIMALS = 10n ** 8n; // of 1e-12: leaves four
const NUMBER = new Intl.NumberFormat('en-US');

/** What came in the last seconds, in one line. */
export function intervalLine(seconds: number, byModel: ByModel, forwarded: number | undefined): string {
  const { requests, cost, errors, costUnknown } = sumOf(byModel);
  const [top] = [...byModel].sort(([, one], [, other]) => Number(other.cost - one.cost));
  return [
    `last ${seconds} s: ${count(requests)} requests`,
    rounded(cost),
    ...(top === undefined ? [] : [`top: ${printable(top[0])} ${rounded(top[1].cost)}`]),
    `errors ${count(errors)}`,
    `cost unknown ${count(costUnknown)}`,
    ...(forwarded === undefined ? [] : [`forwarded: ${count(forwarded)} spans`]),
  ].join('  ');
}

/** A row for each model, the dearest first, and one for all; costs to the last digit. */
export function totalTable(byModel: ByModel): string {
  const models = [...byModel]
    .filter(([, { requests }]) => requests > 0)
    .sort(([one, a], [other, b]) => Number(b.cost - a.cost) || one.localeCompare(other));
  const rows = [...models, ['total', sumOf(byModel)] as const].map(([model, figures]) => row(printable(model), figures));
  return table([HEADINGS, ...rows]);
}

const HEADINGS = ['model', 'requests', 'errors', 'in tok', 'out tok', 'unknown', 'cost'];

function row(model: string, figures: Figures): readonly string[] {
  const { requests, errors, inputTokens, outputTokens, costUnknown } = figures;
  return [model, ...[requests, errors, inputTokens, outputTokens, costUnknown].map(count), costText(figures)];
}

/** What nobody told is no 0. */
function costText({ cost, costUnknown, outputTokens }: Figures): string {
  if (cost > 0n || outputTokens === 0) return `$${decimalText(cost)}`;
  return costUnknown > 0 ? '?' : '$0 (free)';
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  const lines = rows.map((cells) =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}

function rounded(units: bigint): string {
  return `$${decimalText(divideHalfUp(units, SHOWN_DECIMALS) * SHOWN_DECIMALS)}`;
}

function count(amount: number): string {
  return NUMBER.format(amount);
}
