/** Reads a metrics page line by line, independently of the code that writes it, with values as exact decimals. */

export type Sample = Readonly<{ name: string; labels: Readonly<Record<string, string>>; value: string }>;

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\]|\\.)*",?)*)\})? (\S+)(?: \d+)?(?: # .*)?$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;
const FRACTION_DIGITS = 12;

export class Page {
  readonly samples: readonly Sample[];

  constructor(text: string) {
    this.samples = text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map(parseLine);
  }

  /** Exact sum of the samples of this name whose labels match; undefined when there are none. */
  sum(name: string, match: Readonly<Record<string, string>> = {}): string | undefined {
    const found = this.samples.filter((sample) => sample.name === name && matches(sample, match));
    return found.length === 0 ? undefined : decimal(found.reduce((sum, { value }) => sum + units(value), 0n));
  }

  /** Exact sums by the value of one label. */
  sumBy(label: string, name: string, match: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
    const values = new Set(this.samples.filter((sample) => sample.name === name).map(({ labels }) => labels[label] ?? ''));
    const sums = [...values].map((value) => [value, this.sum(name, { ...match, [label]: value })] as const);
    return Object.fromEntries(sums.flatMap(([value, sum]) => (sum === undefined ? [] : [[value, sum]])));
  }
}

function parseLine(line: string): Sample {
  const [, name, labels = '', value] = LINE.exec(line) ?? [];
  if (name === undefined || value === undefined) throw new Error(`not a line of a metrics page: ${line}`);
  const pairs = [...labels.matchAll(LABEL)].map(([, key = '', text = '']) => [key, unescaped(text)] as const);
  return { name, labels: Object.fromEntries(pairs), value };
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (_, character) => (character === 'n' ? '\n' : character));
}

function matches({ labels }: Sample, match: Readonly<Record<string, string>>): boolean {
  return Object.entries(match).every(([name, value]) => labels[name] === value);
}

function units(text: string): bigint {
  const [whole = '', fraction = ''] = text.split('.');
  if (!/^-?\d+$/.test(whole) || !/^\d*$/.test(fraction)) throw new Error(`not a plain decimal: ${text}`);
  return BigInt(whole + fraction.padEnd(FRACTION_DIGITS, '0'));
}

function decimal(units: bigint): string {
  const digits = String(units).padStart(FRACTION_DIGITS + 1, '0');
  const fraction = digits.slice(-FRACTION_DIGITS).replace(/0+$/, '');
  return `${digits.slice(0, -FRACTION_DIGITS)}${fraction === '' ? '' : `.${fraction}`}`;
}
