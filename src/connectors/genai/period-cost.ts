/** Keeps what the current UTC day and month have cost so far. */
import { z } from 'zod';
import type { Fold, FoldRecord } from '../../component/contract.ts';
import type { Label, MetricFamily, ScalarPoint } from '../../data/metric.ts';
import { milliseconds } from '../../data/time.ts';
import type { RecordReader } from './record-reader.ts';
import { weighted } from './sampling.ts';

const DAY_MS = 86_400_000;
const Saved = z.tuple([z.number(), z.array(z.tuple([z.number(), z.string().transform(BigInt)]))]);

type Period = ScalarPoint & { value: bigint };

/** A fold has no clock: a period is over when a record of the next one comes. */
export class PeriodCost implements Fold<'traces'> {
  readonly id: string;
  readonly fingerprint = 'utc';
  readonly family: MetricFamily;
  readonly #reader: RecordReader;
  readonly #costByDay = new Map<number, bigint>();
  readonly #day = period('day');
  readonly #month = period('month');
  #today = 0;

  constructor(id: string, described: Pick<MetricFamily, 'name' | 'otlpName' | 'unit' | 'help'>, reader: RecordReader) {
    this.id = id;
    this.#reader = reader;
    this.family = { ...described, kind: 'gauge', points: () => [this.#day, this.#month] };
  }

  apply(record: FoldRecord<'traces'>): void {
    this.#today = Math.max(this.#today, dayOf(record.timeMs));
    for (const { subject, weight } of this.#reader.read(record).requests) {
      const { endNs } = subject.reader;
      const day = dayOf(endNs === undefined ? record.timeMs : milliseconds(endNs));
      // A day ahead is a clock that is ahead; more is no time at all.
      if (subject.cost.total === undefined || day > this.#today + 1) continue;
      this.#costByDay.set(day, (this.#costByDay.get(day) ?? 0n) + weighted(subject.cost.total, weight));
    }
    this.#sum();
  }

  save(): Uint8Array {
    const days = Array.from(this.#costByDay, ([day, cost]) => [day, String(cost)]);
    return Buffer.from(JSON.stringify([this.#today, days]));
  }

  load(saved: Uint8Array): void {
    const [today, days] = Saved.parse(JSON.parse(Buffer.from(saved).toString()));
    this.#today = today;
    for (const [day, cost] of days) this.#costByDay.set(day, cost);
    this.#sum();
  }

  #sum(): void {
    const month = monthOf(this.#today);
    let total = 0n;
    for (const [day, cost] of this.#costByDay) {
      if (monthOf(day) < month) this.#costByDay.delete(day);
      else if (monthOf(day) === month) total += cost;
    }
    this.#day.value = this.#costByDay.get(this.#today) ?? 0n;
    this.#month.value = total;
  }
}

function period(name: string): Period {
  const labels: readonly Label[] = [['period', name]];
  return { labels, bornMs: 0, value: 0n };
}

function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS);
}

/** Months since the year 0. */
function monthOf(day: number): number {
  const date = new Date(day * DAY_MS);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}
