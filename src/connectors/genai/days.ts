/** Keeps what every UTC day has cost and used, by the labels of requests: the figures of the calendar. */
import { z } from 'zod';
import type { Fold, FoldRecord } from '../../component/contract.ts';
import { ONE } from '../../data/exact.ts';
import type { Label, MetricFamily, ScalarPoint } from '../../data/metric.ts';
import { milliseconds } from '../../data/time.ts';
import type { ModelCall } from '../../genai/model-call.ts';
import { type LabelValues, OVERFLOW } from '../../metrics/series.ts';
import type { Selection } from './label-sets.ts';
import type { Counted, RecordReader } from './record-reader.ts';
import { weighted } from './sampling.ts';

/** In units of 1e-12; tokens of a cache and of reasoning are parts of input and output. */
export type Figures = Readonly<Record<(typeof FIGURES)[number], bigint>>;

type DayLimits = Readonly<{ days: number; labelSets: number }>;

const FIGURES = ['requests', 'errors', 'input', 'output', 'cacheRead', 'cacheWrite', 'reasoning', 'cost', 'withoutCost'] as const;
const LIMITS: DayLimits = { days: 400, labelSets: 500 };
/** With the row of all the others. */
export const MOST_DAY_ROWS = LIMITS.days * (LIMITS.labelSets + 1);
const DAY_MS = 86_400_000;

const SavedRow = z.tuple([z.array(z.tuple([z.string(), z.string()])), z.array(z.string().transform(BigInt))]);
const Saved = z.tuple([z.number(), z.array(z.tuple([z.number(), z.array(SavedRow)]))]);

type Row = Readonly<{ labels: readonly Label[]; amounts: bigint[] }>;

/** Of one day: its rows by their labels, and by the lists that selected them. The text of a day that is over is made once. */
type Day = { rows: Map<string, Row>; rowByValues: WeakMap<LabelValues, Row>; cost: bigint; saved: string | undefined };

type Period = ScalarPoint & { value: bigint };

/** A fold has no clock: a day is over when a record of a later one comes. */
export class Days implements Fold<'traces'> {
  readonly id = 'days';
  /** Rows carry their label names: a new dimension must not make past days forgotten. */
  readonly fingerprint = 'utc';
  readonly family: MetricFamily;
  readonly #reader: RecordReader;
  readonly #labels: readonly string[];
  readonly #selection: Selection;
  readonly #limits: DayLimits;
  readonly #days = new Map<number, Day>();
  readonly #day = period('day');
  readonly #month = period('month');
  #today = 0;
  #monthOfToday = monthAround(0);

  /** `labels`: what requests are told apart by. */
  constructor(
    described: Pick<MetricFamily, 'name' | 'otlpName' | 'unit' | 'help'>,
    reader: RecordReader,
    labels: readonly string[],
    limits = LIMITS,
  ) {
    this.#reader = reader;
    this.#labels = labels;
    this.#selection = reader.select(labels);
    this.#limits = limits;
    this.family = { ...described, kind: 'gauge', points: () => [this.#day, this.#month] };
  }

  apply(record: FoldRecord<'traces'>): void {
    const { requests } = this.#reader.read(record);
    this.#enter(Math.max(this.#today, dayOf(record.timeMs)));
    for (const counted of requests) this.#add(this.#dayFor(counted, record.timeMs), counted);
  }

  /** What the day of this time came to, by label set; none for a day that is not kept. */
  figuresOf(timeMs: number): readonly Readonly<{ labels: readonly Label[]; figures: Figures }>[] {
    const rows = this.#days.get(dayOf(timeMs))?.rows.values() ?? [];
    return Array.from(rows, ({ labels, amounts }) => ({ labels, figures: figuresFrom(amounts) }));
  }

  save(): Uint8Array {
    const days = [...this.#days].sort(([one], [other]) => one - other);
    const texts = days.map(([number, day]) => {
      day.saved ??= JSON.stringify([number, Array.from(day.rows.values(), savedRow)]);
      return day.saved;
    });
    return Buffer.from(`[${this.#today},[${texts.join(',')}]]`);
  }

  load(saved: Uint8Array): void {
    const [today, days] = Saved.parse(JSON.parse(Buffer.from(saved).toString()));
    for (const [number, rows] of days) {
      const restored = rows.map(([labels, amounts]): [string, Row] => [JSON.stringify(labels), { labels, amounts }]);
      const cost = restored.reduce((sum, [, { amounts }]) => sum + (amounts[COST] ?? 0n), 0n);
      this.#days.set(number, { ...newDay(), rows: new Map(restored), cost });
    }
    this.#enter(today);
  }

  /** On which it ended; an end that is missing, or more than a day ahead, is no time: then on which it came. */
  #dayFor({ subject }: Counted<ModelCall>, receivedMs: number): number {
    const { endNs } = subject.reader;
    const ended = endNs === undefined ? undefined : dayOf(milliseconds(endNs));
    return ended === undefined || ended > this.#today + 1 ? dayOf(receivedMs) : ended;
  }

  #add(number: number, counted: Counted<ModelCall>): void {
    if (number <= this.#today - this.#limits.days) return;
    const day = this.#days.get(number) ?? newDay();
    this.#days.set(number, day);
    const { amounts } = this.#rowOf(day, counted);
    amountsOf(counted.subject).forEach((amount, index) => {
      if (amount !== 0n) amounts[index] = (amounts[index] ?? 0n) + weighted(amount, counted.weight);
    });
    day.saved = undefined;
    const cost = weighted(counted.subject.cost.total ?? 0n, counted.weight);
    day.cost += cost;
    if (number === this.#today) this.#day.value += cost;
    if (isWithin(this.#monthOfToday, number)) this.#month.value += cost;
  }

  /** One row too many goes to the row of all the others, and stays there. */
  #rowOf(day: Day, { labels }: Counted<ModelCall>): Row {
    const values = this.#selection.of(labels);
    const row = day.rowByValues.get(values) ?? rowAmong(day.rows, this.#labels, values, this.#limits.labelSets);
    day.rowByValues.set(values, row);
    return row;
  }

  #enter(today: number): void {
    if (today === this.#today) return;
    this.#today = today;
    for (const number of this.#days.keys()) if (number <= today - this.#limits.days) this.#days.delete(number);
    this.#monthOfToday = monthAround(today);
    this.#day.value = this.#days.get(today)?.cost ?? 0n;
    this.#month.value = 0n;
    for (const [number, { cost }] of this.#days) if (isWithin(this.#monthOfToday, number)) this.#month.value += cost;
  }
}

const COST = FIGURES.indexOf('cost');

function amountsOf({ outcome, tokens, cost }: ModelCall): readonly bigint[] {
  const { input = 0n, output = 0n, cacheRead = 0n, cacheWrite = 0n, reasoning = 0n } = tokens;
  const failed = outcome === 'ok' ? 0n : ONE;
  return [ONE, failed, input, output, cacheRead, cacheWrite, reasoning, cost.total ?? 0n, cost.total === undefined ? ONE : 0n];
}

function figuresFrom(amounts: readonly bigint[]): Figures {
  const [requests = 0n, errors = 0n, input = 0n, output = 0n, cacheRead = 0n, cacheWrite = 0n, reasoning = 0n] = amounts;
  const [cost = 0n, withoutCost = 0n] = amounts.slice(COST);
  return { requests, errors, input, output, cacheRead, cacheWrite, reasoning, cost, withoutCost };
}

function newDay(): Day {
  return { rows: new Map(), rowByValues: new WeakMap(), cost: 0n, saved: undefined };
}

function rowAmong(rows: Map<string, Row>, names: readonly string[], values: LabelValues, limit: number): Row {
  const own = names.flatMap((name, index): Label[] => {
    const value = values[index];
    return value === undefined || value === '' ? [] : [[name, value]];
  });
  return rows.get(JSON.stringify(own)) ?? newRow(rows, rows.size < limit ? own : names.map((name) => [name, OVERFLOW]));
}

function newRow(rows: Map<string, Row>, labels: readonly Label[]): Row {
  const key = JSON.stringify(labels);
  const row = rows.get(key) ?? { labels, amounts: FIGURES.map(() => 0n) };
  rows.set(key, row);
  return row;
}

function savedRow({ labels, amounts }: Row): readonly [readonly Label[], readonly string[]] {
  return [labels, amounts.map(String)];
}

function period(name: string): Period {
  const labels: readonly Label[] = [['period', name]];
  return { labels, bornMs: 0, value: 0n };
}

function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS);
}

/** In days since the epoch; `next` is the first of the next one. */
type Month = Readonly<{ first: number; next: number }>;

function isWithin({ first, next }: Month, day: number): boolean {
  return day >= first && day < next;
}

/** The one that holds this day. */
function monthAround(day: number): Month {
  const date = new Date(day * DAY_MS);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  return { first: dayOf(Date.UTC(year, month, 1)), next: dayOf(Date.UTC(year, month + 1, 1)) };
}
