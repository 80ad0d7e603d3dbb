/** What each segment of the log holds for whom, so that a backlog is counted without being read, and what is damaged is missed. */
import { z } from 'zod';
import type { Reading } from './reading.ts';

export type Amount = Readonly<{ records: number; spans: number; bytes: number }>;

/** Of records after `since`, under the graph that was bound there. */
type Holding = Amount & Readonly<{ since: number; pipelines: readonly string[] }>;

const Saved = z.array(
  z.tuple([
    z.number(),
    z.array(
      z.object({ since: z.number(), pipelines: z.array(z.string()), records: z.number(), spans: z.number(), bytes: z.number() }),
    ),
  ]),
);

export class Holdings {
  /** By the first sequence number of a segment; in there by the names of pipelines. */
  readonly #bySegment = new Map<number, Map<string, Holding>>();

  /** A record for these pipelines, under the graph since this record. */
  add(segment: number, since: number, pipelines: readonly string[], { spans, bytes }: Omit<Amount, 'records'>): void {
    const holdings = this.#of(segment);
    const key = keyOf({ since, pipelines });
    const before = holdings.get(key) ?? { records: 0, spans: 0, bytes: 0 };
    const sum = { records: before.records + 1, spans: before.spans + spans, bytes: before.bytes + bytes };
    holdings.set(key, { since, pipelines, ...sum });
  }

  /** In this segment and those after it, of what somebody reads. */
  from(segment: number, reading: Reading): Amount {
    const sum = { records: 0, spans: 0, bytes: 0 };
    for (const [first, holdings] of this.#bySegment) {
      if (first < segment) continue;
      for (const { since, pipelines, records, spans, bytes } of holdings.values()) {
        if (!reading.has(pipelines, since + 1)) continue;
        sum.records += records;
        sum.spans += spans;
        sum.bytes += bytes;
      }
    }
    return sum;
  }

  /** The segments before this one are gone. */
  forgetBefore(segment: number): void {
    for (const first of this.#bySegment.keys()) if (first < segment) this.#bySegment.delete(first);
  }

  save(): Uint8Array {
    return Buffer.from(JSON.stringify([...this.#bySegment].map(([first, holdings]) => [first, [...holdings.values()]])));
  }

  load(saved: Buffer): void {
    for (const [first, holdings] of Saved.parse(JSON.parse(saved.toString()))) {
      this.#bySegment.set(first, new Map(holdings.map((holding) => [keyOf(holding), holding])));
    }
  }

  #of(segment: number): Map<string, Holding> {
    const known = this.#bySegment.get(segment);
    if (known !== undefined) return known;
    const holdings = new Map<string, Holding>();
    this.#bySegment.set(segment, holdings);
    return holdings;
  }
}

function keyOf({ since, pipelines }: Pick<Holding, 'since' | 'pipelines'>): string {
  return `${since} ${pipelines.join('\n')}`;
}
