/** Reads the figures of model calls from a metrics page, as anyone who scrapes it could. */
import { exactOfText, ONE } from '../data/exact.ts';
import { type ByModel, type Figures, Tally } from './tally.ts';

type Sample = Readonly<{ name: string; labels: ReadonlyMap<string, string>; value: bigint }>;

const SAMPLE = /^([^\s{#]+)(?:\{(.*)\})? (\S+)(?: \S+)?$/;
const LABEL = /([^=,]+)="((?:[^"\\]|\\.)*)"/g;

/** Of the metrics that begin so, by model. */
export function figuresOnPage(page: string, prefix: string): ByModel {
  const tally = new Tally();
  for (const { name, labels, value } of samplesOf(page)) {
    const figures = name.startsWith(`${prefix}_`) ? figuresOf(name.slice(prefix.length + 1), labels, value) : undefined;
    if (figures !== undefined) tally.add(labels.get('model') ?? '', figures);
  }
  return tally.byModel;
}

function* samplesOf(page: string): Generator<Sample> {
  for (const line of page.split('\n')) {
    const [, name, labels = '', value = ''] = SAMPLE.exec(line) ?? [];
    const exact = exactOfText(value);
    if (name === undefined || typeof exact !== 'bigint') continue;
    yield {
      name,
      labels: new Map(labels.matchAll(LABEL).map(([, key = '', text = '']) => [key, unescaped(text)])),
      value: exact,
    };
  }
}

function figuresOf(metric: string, labels: ReadonlyMap<string, string>, value: bigint): Partial<Figures> | undefined {
  const count = Number(value / ONE);
  switch (metric.replace(/_total$/, '')) {
    case 'requests':
      return { requests: count, errors: labels.get('outcome') === 'error' ? count : 0 };
    case 'tokens':
      return labels.get('type') === 'input' ? { inputTokens: count } : { outputTokens: count };
    case 'requests_without_cost':
      return labels.get('reason') === 'missing' ? { costUnknown: count } : undefined;
    case 'cost_usd':
      return { cost: value };
    default:
      return undefined;
  }
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
}
