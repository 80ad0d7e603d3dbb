/** What each segment of the log holds for whom, so that a backlog is counted without being read, and what is damaged is missed. */
import { z } from 'zod';

export type Amount = Readonly<{ records: number; spans: number; bytes: number }>;

type Holding = Amount & Readonly<{ pipelines: readonly string[] }>;

const Saved = z.array(
  z.tuple([
    z.number(),
    z.array(z.object({ pipelines: z.array(z.string()), records: z.number(), spans: z.number(), bytes: z.number() })),
  ]),
);

export class Holdings {
  /** By the first sequence number of a segment; in there by the names of pipelines. */
  readonly #bySegment = new Map<number, Map<string, Holding>>();

  /** A record for these pipelines. */
  add(segment: number, pipelines: readonly string[], spans: number, bytes: number): void {
    const holdings = this.#of(segment);
    const key = pipelines.join('\n');
    const before = holdings.get(key) ?? { pipelines, records: 0, spans: 0, bytes: 0 };
    const { records } = before;
    holdings.set(key, { pipelines, records: records + 1, spans: before.spans + spans, bytes: before.bytes + bytes });
  }

  /** In this segment and those after it, of what some reader reads. */
  from(segment: number, reads: (pipelines: readonly string[]) => boolean): Amount {
    const sum = { records: 0, spans: 0, bytes: 0 };
    for (const [first, holdings] of this.#bySegment) {
      if (first < segment) continue;
      for (const { pipelines, records, spans, bytes } of holdings.values()) {
        if (!reads(pipelines)) continue;
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
      this.#bySegment.set(first, new Map(holdings.map((holding) => [holding.pipelines.join('\n'), holding])));
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
