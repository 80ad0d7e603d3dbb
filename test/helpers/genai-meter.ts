/** The genai connector as a file would configure it, with its figures where a test can look at them. */
import type { Connector, FoldRecord } from '../../src/component/contract.ts';
import { genaiConnector } from '../../src/connectors/genai/index.ts';
import { decimalText } from '../../src/data/exact.ts';
import type { HistogramPoint, MetricFamily, ScalarPoint } from '../../src/data/metric.ts';
import { configOf } from './component.ts';

export class GenaiMeter {
  readonly connector: Connector<'traces'>;
  /** What it noticed: `name{label="value"}` and how often. */
  readonly noticed: Record<string, number> = {};

  constructor(yaml = '{}') {
    const diagnostics = {
      count: (name: string, labels: Readonly<Record<string, string>>, amount = 1) => {
        const key = `${name}{${labelText(Object.entries(labels))}}`;
        this.noticed[key] = (this.noticed[key] ?? 0) + amount;
      },
      record() {},
    };
    this.connector = genaiConnector.create(configOf(genaiConnector.config, yaml), diagnostics);
  }

  apply(records: Iterable<FoldRecord<'traces'>>): this {
    for (const record of records) for (const fold of this.connector.folds) fold.apply(record);
    return this;
  }

  /** State of every fold by id. */
  save(): ReadonlyMap<string, Uint8Array> {
    return new Map(this.connector.folds.map((fold) => [fold.id, fold.save()]));
  }

  load(saved: ReadonlyMap<string, Uint8Array>): this {
    for (const fold of this.connector.folds) {
      const state = saved.get(fold.id);
      if (state !== undefined) fold.load(state);
    }
    return this;
  }

  family(name: string): MetricFamily {
    const family = this.connector.families.find((candidate) => candidate.name === name);
    if (family === undefined) throw new Error(`no family "${name}"`);
    return family;
  }

  points(name: string): readonly (ScalarPoint | HistogramPoint)[] {
    return [...this.family(name).points()];
  }

  /** Value, or count and sum, by the text of its labels; only those labels if any are named. */
  series(name: string, ...by: readonly string[]): Readonly<Record<string, string>> {
    const sums = new Map<string, [bigint, bigint | undefined]>();
    for (const point of this.points(name)) {
      const labels = point.labels.filter(([label]) => by.length === 0 || by.includes(label));
      const key = by.length === 1 ? (labels[0]?.[1] ?? '') : labelText(labels);
      const [value, sum] = sums.get(key) ?? [0n, undefined];
      if ('value' in point) sums.set(key, [value + point.value, undefined]);
      else sums.set(key, [value + point.counts.reduce((total, count) => total + count, 0n), (sum ?? 0n) + point.sum]);
    }
    const shown = ([value, sum]: [bigint, bigint | undefined]) =>
      sum === undefined ? decimalText(value) : `${decimalText(value)} of ${decimalText(sum)}`;
    return Object.fromEntries(Array.from(sums, ([key, figures]) => [key, shown(figures)]));
  }

  /** Over all labels. */
  total(name: string): string {
    return decimalText(this.points(name).reduce((sum, point) => sum + ('value' in point ? point.value : point.sum), 0n));
  }
}

function labelText(labels: readonly (readonly [string, string])[]): string {
  return labels.map(([name, value]) => `${name}="${value}"`).join(',');
}
