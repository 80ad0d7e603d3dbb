/** Figures of several rounds as text. */

/** `median (lowest–highest)`. */
export function spread(values: readonly number[], digits: number): string {
  return values.length === 1
    ? grouped(values[0]!, digits)
    : `${grouped(median(values), digits)} (${grouped(Math.min(...values), digits)}–${grouped(Math.max(...values), digits)})`;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function grouped(value: number, digits = 0): string {
  return value.toFixed(digits).replace(/\B(?=(\d{3})+(?!\d)(?<!\.\d*))/g, ',');
}

export function markdown(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(header), `|${'---|'.repeat(header.length)}`, ...rows.map(line)].join('\n');
}
