/** Makes a fold of one metric of the catalogue: what it counts, under which labels. */
import type { Fold } from '../../component/contract.ts';
import type { MetricFamily } from '../../data/metric.ts';
import { HistogramTable } from '../../metrics/histogram-table.ts';
import { ScalarTable } from '../../metrics/scalar-table.ts';
import { type LabelValues, type MetricDefinition, OVERFLOW, type SeriesBudget } from '../../metrics/series.ts';
import type { Selection } from './label-sets.ts';
import type { MetricSpec } from './metric-spec.ts';
import type { Counted, RecordReader } from './record-reader.ts';
import { weighted } from './sampling.ts';
import type { MetricSetup } from './setup.ts';

type MetricHost = Readonly<{
  reader: RecordReader;
  budget: SeriesBudget;
  /** An observation went to a label value that stands for too many. */
  overflowed: (metric: string, label: string) => void;
}>;

type Table = Readonly<{
  family: MetricFamily;
  put(values: LabelValues, amount: bigint, counted: Counted<unknown>, timeMs: number): void;
  save(): Uint8Array;
  capture(): Iterable<Uint8Array>;
  load(saved: Uint8Array): void;
}>;

type Metric = Readonly<{ fold: Fold<'traces'>; family: MetricFamily }>;

export function createMetric(spec: MetricSpec, setup: MetricSetup, { reader, budget, overflowed }: MetricHost): Metric {
  const { definition, fingerprint } = setup;
  const table = spec.kind === 'histogram' ? histogram(spec, setup, budget) : scalar(spec, definition, budget);
  const names = definition.labels.map(({ name }) => name);
  const selectionByOwn = new Map<string | undefined, Selection>();
  /** What is being fed: a call or an attempt, and when it was received. */
  let counted: Counted<unknown>;
  let timeMs: number;

  function selectionOf(own: string | undefined): Selection {
    const selection = spec.own === undefined ? reader.select(names) : reader.select(names.slice(0, -1), own);
    selectionByOwn.set(own, selection);
    return selection;
  }

  function emit(amount: bigint, own?: string): void {
    const values = (selectionByOwn.get(own) ?? selectionOf(own)).of(counted.labels);
    if (counted.labels.overflowed) {
      for (const [index, name] of names.entries()) if (values[index] === OVERFLOW) overflowed(definition.name, name);
    }
    table.put(values, amount, counted, timeMs);
  }

  const fold: Fold<'traces'> = {
    id: spec.id,
    fingerprint,
    apply(record) {
      const { requests, attempts } = reader.read(record);
      timeMs = record.timeMs;
      if (spec.from === 'request') {
        for (const request of requests) {
          counted = request;
          spec.feed(request.subject, emit, timeMs);
        }
      } else {
        for (const attempt of attempts) {
          counted = attempt;
          spec.feed(attempt.subject, emit);
        }
      }
    },
    save: () => table.save(),
    capture: () => table.capture(),
    load: (saved) => table.load(saved),
  };
  return { fold, family: table.family };
}

function histogram(spec: MetricSpec & { kind: 'histogram' }, { definition, bounds }: MetricSetup, budget: SeriesBudget): Table {
  const table = new HistogramTable(definition, bounds, budget);
  return {
    family: table.family,
    put(values, amount, { count, link }, timeMs) {
      const exemplar = spec.exemplars && link ? { ...link, value: amount } : undefined;
      table.observe(values, amount, count, timeMs, exemplar);
    },
    save: () => table.save(),
    capture: () => table.capture(),
    load: (saved) => table.load(saved),
  };
}

function scalar(spec: Exclude<MetricSpec, { kind: 'histogram' }>, definition: MetricDefinition, budget: SeriesBudget): Table {
  const table = new ScalarTable(definition, spec.kind, budget);
  return {
    family: table.family,
    put(values, amount, { weight, link }, timeMs) {
      if (spec.kind === 'counter') {
        const exemplar = spec.exemplars && link ? { ...link, value: amount } : undefined;
        table.add(values, weighted(amount, weight), timeMs, exemplar);
      } else if (spec.kind === 'gauge' && spec.raise) {
        table.raise(values, amount, timeMs);
      } else {
        table.set(values, amount, timeMs);
      }
    },
    save: () => table.save(),
    capture: () => table.capture(),
    load: (saved) => table.load(saved),
  };
}
