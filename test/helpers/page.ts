/** Adds up the samples of a metrics page in exact decimals. */
import { type PageSample, parseStrictly } from './strict-page.ts';

type Match = Readonly<Record<string, string>>;

const FRACTION_DIGITS = 12;

export class Page {
  readonly #samplesByName: ReadonlyMap<string, readonly PageSample[]>;

  constructor(text: string) {
    const samples = parseStrictly(text, 'text').flatMap((family) => family.samples);
    this.#samplesByName = Map.groupBy(samples, ({ name }) => name);
  }

  /** Exact sum of the samples of this name whose labels match; undefined when there are none. */
  sum(name: string, match: Match = {}): string | undefined {
    const found = this.#samples(name).filter(({ labels }) =>
      Object.entries(match).every(([label, value]) => labels.get(label) === value),
    );
    return found.length === 0 ? undefined : decimal(found.reduce((sum, { value }) => sum + units(value), 0n));
  }

  /** Exact sums by the value of one label. */
  sumBy(label: string, name: string, match: Match = {}): Readonly<Record<string, string>> {
    const values = new Set(this.#samples(name).map(({ labels }) => labels.get(label) ?? ''));
    const sums = [...values].map((value) => [value, this.sum(name, { ...match, [label]: value })] as const);
    return Object.fromEntries(sums.flatMap(([value, sum]) => (sum === undefined ? [] : [[value, sum]])));
  }

  #samples(name: string): readonly PageSample[] {
    return this.#samplesByName.get(name) ?? [];
  }
}

function units(text: string): bigint {
  const [whole = '', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(FRACTION_DIGITS, '0'));
}

function decimal(units: bigint): string {
  const digits = String(units).padStart(FRACTION_DIGITS + 1, '0');
  const fraction = digits.slice(-FRACTION_DIGITS).replace(/0+$/, '');
  return `${digits.slice(0, -FRACTION_DIGITS)}${fraction === '' ? '' : `.${fraction}`}`;
}
