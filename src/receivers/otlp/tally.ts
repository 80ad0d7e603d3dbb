/** Counts what came of requests and their spans, under the names that Collector dashboards know. */
import type { Context, Diagnostics, Receipt } from '../../component/contract.ts';

type Labels = Readonly<Record<string, string>>;

export class Tally {
  readonly #diagnostics: Diagnostics;
  readonly #spans: Labels;
  readonly #success: Labels;
  readonly #refused: Labels;
  readonly #failure: Labels;

  constructor({ id, diagnostics }: Context) {
    this.#diagnostics = diagnostics;
    this.#spans = { receiver: id.replace(/^receiver\//, ''), transport: 'http' };
    this.#success = { ...this.#spans, outcome: 'success' };
    this.#refused = { ...this.#spans, outcome: 'refused' };
    this.#failure = { ...this.#spans, outcome: 'failure' };
  }

  answered(status: number): void {
    const retried = status === 429 || status === 503;
    this.#diagnostics.count(
      'otelcol_receiver_requests_total',
      status < 300 ? this.#success : retried ? this.#refused : this.#failure,
    );
  }

  accepted(spans: number): void {
    if (spans > 0) this.#diagnostics.count('otelcol_receiver_accepted_spans_total', this.#spans, spans);
  }

  refused(spans: number): void {
    this.#diagnostics.count('otelcol_receiver_refused_spans_total', this.#spans, spans);
  }

  rejected({ rejected }: Receipt): void {
    if (rejected > 0) this.#diagnostics.count('otelcol_receiver_failed_spans_total', this.#spans, rejected);
  }

  faults(faults: ReadonlyMap<string, number>): void {
    for (const [field, count] of faults) this.#diagnostics.count('spanmeter_receiver_field_faults_total', { field }, count);
  }
}
