/** Keeps which values each label has admitted, and reports what was odd about a record; first of all folds. */
import { z } from 'zod';
import type { Diagnostics, Fold } from '../../component/contract.ts';
import { SPAN_CLASSES, type SpanClass } from '../../genai/request-span.ts';
import type { LabelAdmission } from './label-admission.ts';
import type { RecordReader } from './record-reader.ts';

const Saved = z.tuple([z.number(), z.unknown()]);

const LABELS_BY_CLASS = {
  request: { connector: 'genai', class: 'request' },
  attempt: { connector: 'genai', class: 'attempt' },
  child: { connector: 'genai', class: 'child' },
  test: { connector: 'genai', class: 'test' },
  other: { connector: 'genai', class: 'other' },
} as const satisfies Readonly<Record<SpanClass, Readonly<Record<string, string>>>>;

/** Says what the page calls a metric; undefined for one that it does not show. */
type NameOf = (metric: string) => string | undefined;

export class LabelFold implements Fold<'traces'> {
  readonly id = 'labels';
  /** Every label carries its own: a new dimension must not make the others forget theirs. */
  readonly fingerprint = '';
  newestMs = 0;
  readonly #admission: LabelAdmission;
  readonly #reader: RecordReader;
  readonly #diagnostics: Diagnostics;
  readonly #nameOf: NameOf;

  constructor(admission: LabelAdmission, reader: RecordReader, diagnostics: Diagnostics, nameOf: NameOf) {
    this.#admission = admission;
    this.#reader = reader;
    this.#diagnostics = diagnostics;
    this.#nameOf = nameOf;
  }

  apply(record: Parameters<Fold<'traces'>['apply']>[0]): void {
    const { calls } = this.#reader.read(record);
    this.newestMs = Math.max(this.newestMs, record.timeMs);
    for (const spanClass of SPAN_CLASSES) {
      const spans = calls.spansByClass[spanClass];
      if (spans > 0) this.#diagnostics.count('spanmeter_genai_spans_total', LABELS_BY_CLASS[spanClass], spans);
    }
    for (const { metric: id, reason } of calls.invalid) {
      const metric = this.#nameOf(id);
      if (metric !== undefined) this.#diagnostics.count('spanmeter_invalid_values_total', { metric, reason });
    }
  }

  save(): Uint8Array {
    return Buffer.from(JSON.stringify([this.newestMs, this.#admission.save()]));
  }

  load(saved: Uint8Array): void {
    const [newestMs, admitted] = Saved.parse(JSON.parse(Buffer.from(saved).toString()));
    this.newestMs = newestMs;
    this.#admission.load(admitted);
  }
}
