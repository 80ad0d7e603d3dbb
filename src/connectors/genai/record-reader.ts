/** Reads a record once for all metrics: calls, what their labels say, how many requests each stands for. */
import type { FoldRecord } from '../../component/contract.ts';
import { ONE } from '../../data/exact.ts';
import type { Exemplar } from '../../data/metric.ts';
import { milliseconds } from '../../data/time.ts';
import type { Attempt } from '../../genai/attempt.ts';
import { AttributePlan } from '../../genai/attribute-plan.ts';
import { type Calls, callsOf } from '../../genai/calls.ts';
import type { ModelCall } from '../../genai/model-call.ts';
import type { SpanReader } from '../../genai/span-reader.ts';
import { Ancestors } from './dimension-source.ts';
import type { LabelAdmission } from './label-admission.ts';
import type { LabelSet, Selection } from './label-sets.ts';
import { type Weight, weighted, weightOf } from './sampling.ts';

export type Sampling = Readonly<{ attribute: string | undefined; ratio: bigint }>;

/** What metrics count: a call or an attempt with all that they share about it. */
export type Counted<S> = Readonly<{
  subject: S;
  labels: LabelSet;
  weight: Weight;
  /** One request, weighted. */
  count: bigint;
  /** Where an exemplar would lead; the value is the metric's. */
  link: Omit<Exemplar, 'value'> | undefined;
}>;

export type Reading = Readonly<{
  calls: Calls;
  requests: readonly Counted<ModelCall>[];
  attempts: readonly Counted<Attempt>[];
}>;

const TRACE_ID = /^[0-9a-f]{32}$/;
const SPAN_ID = /^[0-9a-f]{16}$/;

export class RecordReader {
  readonly #admission: LabelAdmission;
  readonly #sampling: Sampling;
  readonly #plan: AttributePlan;
  #last: Readonly<{ record: FoldRecord<'traces'>; reading: Reading }> | undefined;

  constructor(admission: LabelAdmission, sampling: Sampling) {
    this.#admission = admission;
    this.#sampling = sampling;
    this.#plan = new AttributePlan([...admission.keys, ...(sampling.attribute === undefined ? [] : [sampling.attribute])]);
  }

  /** Of the labels of these names, and one value more that is always the same, if it is given. */
  select(names: readonly string[], ...constant: readonly (string | undefined)[]): Selection {
    return this.#admission.sets.select(names, ...constant);
  }

  /** All folds see a record before any sees the next: the last one is all there is to remember. */
  read(record: FoldRecord<'traces'>): Reading {
    if (this.#last?.record === record) return this.#last.reading;
    const calls = callsOf(record.batch, this.#plan);
    const ancestors = new Ancestors(record.batch);
    const reading: Reading = {
      calls,
      requests: calls.requests.map((call) => this.#counted(call, this.#admission.ofCall(call, ancestors))),
      attempts: calls.attempts.map((attempt) => this.#counted(attempt, this.#admission.ofAttempt(attempt))),
    };
    this.#last = { record, reading };
    return reading;
  }

  #counted<S extends Readonly<{ reader: SpanReader }>>(subject: S, labels: LabelSet): Counted<S> {
    const weight = weightOf(subject.reader, this.#sampling.attribute, this.#sampling.ratio);
    return {
      subject,
      labels,
      weight,
      count: weighted(ONE, weight),
      link: linkTo(subject.reader),
    };
  }
}

function linkTo({ span, endNs }: SpanReader): Counted<unknown>['link'] {
  const traceId = idIn(span.traceId, TRACE_ID);
  const spanId = idIn(span.spanId, SPAN_ID);
  if (endNs === undefined || traceId === undefined || spanId === undefined) return undefined;
  return { traceId, spanId, timeMs: milliseconds(endNs) };
}

/** In lower case, as nearly all of them come. */
function idIn(text = '', pattern: RegExp): string | undefined {
  if (pattern.test(text)) return text;
  const lower = text.toLowerCase();
  return pattern.test(lower) ? lower : undefined;
}
