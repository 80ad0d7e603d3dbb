/** Decides what every label says about a call, and lets no label have more values than it may. */
import { z } from 'zod';
import type { Attempt } from '../../genai/attempt.ts';
import type { ModelCall } from '../../genai/model-call.ts';
import { OVERFLOW } from '../../metrics/series.ts';
import { ValueCap } from '../../metrics/value-cap.ts';
import { CATALOGUE_LABEL_SOURCES, CATALOGUE_LABELS } from './catalogue-labels.ts';
import type { Dimension } from './dimension-settings.ts';
import { type Ancestors, dimensionSource } from './dimension-source.ts';
import { hash, labelText } from './label-text.ts';

/** By label name; a label that is not there or undefined is not shown. */
export type Labels = ReadonlyMap<string, string | undefined>;

/** Whom `gen_ai_provider_name` names: who made the model, or who served it. */
type ProviderLabel = 'author' | 'serving';

type Admission = Readonly<{
  name: string;
  /** What its values are: those of something else are not kept for it. */
  source: string;
  /** None: few values by nature. */
  cap: ValueCap | undefined;
  ofCall(call: ModelCall, ancestors: Ancestors): string | undefined;
  ofAttempt(attempt: Attempt): string | undefined;
}>;

const Saved = z.array(z.tuple([z.string(), z.string(), z.base64()]));

export class LabelAdmission {
  readonly #admissions: readonly Admission[];
  /** Attributes that it reads from spans. */
  readonly keys: readonly string[];

  constructor(dimensions: readonly Dimension[], providerLabel: ProviderLabel) {
    this.#admissions = [...catalogueAdmissions(providerLabel), ...dimensions.map(dimensionAdmission)];
    this.keys = dimensions.flatMap(({ name }) => dimensionSource(name).keys);
  }

  /** Labels of many values: from outside, so that they may overflow. */
  get open(): ReadonlySet<string> {
    return new Set(this.#admissions.flatMap(({ name, cap }) => (cap === undefined ? [] : [name])));
  }

  /** Of labels that have a cap: how many values each has. */
  get valuesByLabel(): ReadonlyMap<string, number> {
    return new Map(this.#admissions.flatMap(({ name, cap }) => (cap === undefined ? [] : [[name, cap.size] as const])));
  }

  ofCall(call: ModelCall, ancestors: Ancestors): Labels {
    return new Map(this.#admissions.map((admission) => [admission.name, admit(admission, admission.ofCall(call, ancestors))]));
  }

  ofAttempt(attempt: Attempt): Labels {
    return new Map(this.#admissions.map((admission) => [admission.name, admit(admission, admission.ofAttempt(attempt))]));
  }

  /** Name, source and admitted values of every label that has a cap. */
  save(): z.input<typeof Saved> {
    return this.#admissions.flatMap(({ name, source, cap }): z.input<typeof Saved> => {
      return cap === undefined ? [] : [[name, source, Buffer.from(cap.save()).toString('base64')]];
    });
  }

  /** A label that is new, or shows another attribute than then, starts with no value admitted. */
  load(saved: unknown): void {
    for (const [name, source, values] of Saved.parse(saved)) {
      const admission = this.#admissions.find((known) => known.name === name && known.source === source);
      admission?.cap?.load(Buffer.from(values, 'base64'));
    }
  }
}

function admit({ cap }: Admission, value: string | undefined): string | undefined {
  return value === undefined || cap === undefined ? value : cap.admit(value);
}

function catalogueAdmissions(providerLabel: ProviderLabel): Admission[] {
  return CATALOGUE_LABEL_SOURCES.map(({ name, source: { maxValues, ofCall: stated, ofAttempt } }) => {
    const serving = name === 'gen_ai_provider_name' && providerLabel === 'serving';
    const ofCall = serving ? CATALOGUE_LABELS.provider.ofCall : stated;
    const cap = maxValues === undefined ? undefined : new ValueCap(maxValues);
    const text = (value: string | undefined) =>
      cap === undefined || value === undefined ? value : labelText(value) || undefined;
    return {
      name,
      source: serving ? 'serving' : '',
      cap,
      ofCall: (call) => text(ofCall?.(call)),
      ofAttempt: (attempt) => text(ofAttempt?.(attempt)),
    };
  });
}

function dimensionAdmission({ name, label, fallback, limit, hashed }: Dimension): Admission {
  const { read } = dimensionSource(name);
  const shown = hashed ? (text: string) => hash(text, 12) : (text: string) => text;
  return {
    name: label,
    source: JSON.stringify([name, hashed]),
    cap: new ValueCap(typeof limit === 'number' ? limit : [...limit, ...(fallback === undefined ? [] : [fallback])].map(shown)),
    ofCall(call, ancestors) {
      const raw = read(call.reader, ancestors);
      const text = raw === undefined ? '' : labelText(raw);
      return text === '' ? fallback && shown(fallback) : shown(text);
    },
    ofAttempt: () => undefined,
  };
}

export function hasOverflowed(labels: Labels): boolean {
  return labels.values().some((value) => value === OVERFLOW);
}
