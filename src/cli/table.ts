/** Writes rows in columns for a terminal or a pipe; text from outside is made harmless. */
import { printable } from '../data/printable.ts';

export type Cell = string | number | undefined;

/** Numbers stand to the right; no rows, no table. */
export function table(heads: readonly string[], rows: readonly (readonly Cell[])[]): string {
  if (rows.length === 0) return '';
  const lines = [heads, ...rows].map((row) => row.map((cell) => printable(cell === undefined ? '-' : String(cell))));
  const widths = heads.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const right = heads.map((_, column) => rows.every((row) => typeof row[column] !== 'string'));
  const text = (line: readonly string[]) =>
    line.map((cell, column) => (right[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)));
  return lines.map((line) => `${text(line).join('  ').trimEnd()}\n`).join('');
}

/** "512 B", "64.0 MiB". */
export function sizeText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const step = bytes < 1024 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1);
  return step === 0 ? `${bytes} B` : `${(bytes / 1024 ** step).toFixed(1)} ${units[step]}`;
}

/** UTC, to the second. */
export function timeText(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
