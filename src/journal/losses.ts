/** Tells of spans that were given up for an exporter: exactly in the counters, once a minute in the log. */
import type { Diagnostics, Logger } from '../component/contract.ts';
import type { DropReason } from './contract.ts';

const LOG_INTERVAL_MS = 60_000;

export class Losses {
  readonly #diagnostics: Diagnostics;
  readonly #logger: Logger;
  readonly #now: () => number;
  readonly #tallyByCause = new Map<string, { loggedMs: number; unlogged: number }>();

  constructor(host: Readonly<{ diagnostics: Diagnostics; logger: Logger; now: () => number }>) {
    this.#diagnostics = host.diagnostics;
    this.#logger = host.logger;
    this.#now = host.now;
  }

  count(reader: string, reason: DropReason, spans: number): void {
    this.#diagnostics.count('spanmeter_journal_dropped_spans_total', { reader, reason }, spans);
    this.#diagnostics.count('otelcol_exporter_enqueue_failed_spans_total', { exporter: reader }, spans);
    this.#log(reader, reason, spans);
  }

  #log(reader: string, reason: DropReason, spans: number): void {
    const cause = `${reason} ${reader}`;
    const tally = this.#tallyByCause.get(cause) ?? { loggedMs: Number.NEGATIVE_INFINITY, unlogged: 0 };
    const nowMs = this.#now();
    tally.unlogged += spans;
    this.#tallyByCause.set(cause, tally);
    // A reader is removed by hand, each time to be told.
    if (reason !== 'reader_removed' && Math.abs(nowMs - tally.loggedMs) < LOG_INTERVAL_MS) return;
    const remedy = reason === 'backlog_full' && { remedy: 'raise service.journal.max_size' };
    this.#logger.error('spans are given up for an exporter', { exporter: reader, reason, spans: tally.unlogged, ...remedy });
    tally.loggedMs = nowMs;
    tally.unlogged = 0;
  }
}
