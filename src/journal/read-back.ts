/** The part of the log that a reader has still to read back from the disk, page by page. */
import type { Log, Page, Place } from './log.ts';
import { endOf, type LogRecord } from './log-records.ts';
import type { PageBuffer } from './page-buffer.ts';
import { firstIn, type Gap } from './survivors.ts';

export type ReadBackHost = Readonly<{
  log: () => Log;
  /** The newest record that is folded: no reader sees beyond it. */
  folded: () => number;
  /** Records that were durable are not there any more. */
  damaged: (gap: Gap) => void;
}>;

export class ReadBack {
  readonly #host: ReadBackHost;
  #place: Place;
  /** Behind the last whole record. */
  #end: Place;
  #seq: number;
  #timeMs: number | undefined;
  #ended = false;

  /** `seq`: of the last record before `place`, or after which it begins. `timeMs`: about that of the next one. */
  constructor(host: ReadBackHost, place: Place, seq: number, timeMs?: number) {
    this.#host = host;
    this.#place = place;
    this.#end = place;
    this.#seq = seq;
    this.#timeMs = timeMs;
  }

  get segment(): number {
    return this.#place.segment;
  }

  get seq(): number {
    return this.#seq;
  }

  get timeMs(): number | undefined {
    return this.#timeMs;
  }

  /** Everything that is folded has been read. */
  get ended(): boolean {
    return this.#ended;
  }

  /** The next records, good until the next page is read into `buffer`. It has not passed them yet. */
  read(buffer: PageBuffer): Promise<Page> {
    return this.#host.log().read(this.#place, this.#seq, buffer);
  }

  /** Goes on behind this page; whoever calls keeps what it returns in the same turn, or nobody knows of it. */
  pass({ records, next }: Page): readonly LogRecord[] {
    const folded = this.#host.folded();
    const last = records.at(-1);
    const whole = records.filter(({ intact, seq }) => intact && seq <= folded);
    for (const record of whole) {
      this.#miss(firstIn(record) - 1, record);
      this.#end = endOf(record);
      this.#seq = record.seq;
    }
    this.#place = next;
    this.#timeMs = last?.timeMs ?? this.#timeMs;
    this.#ended = (last?.seq ?? 0) >= folded || this.#host.log().isEnd(next);
    if (this.#ended) this.#miss(folded, next);
    return whole;
  }

  /** Records are numbered without gaps: what is not there up to `to` was damaged. */
  #miss(to: number, next: Place): void {
    const from = this.#seq + 1;
    if (to < from) return;
    this.#host.damaged({ from, to, ...this.#host.log().placeBetween(this.#end, next, from) });
    this.#seq = to;
  }
}
