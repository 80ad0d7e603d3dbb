/** Decides what every label says about a call, and lets no label have more values than it may. */
import { z } from 'zod';
import type { Attempt } from '../../genai/attempt.ts';
import type { ModelCall } from '../../genai/model-call.ts';
import { ValueCap } from '../../metrics/value-cap.ts';
import { AdmittedLabel } from './admitted-label.ts';
import { CATALOGUE_LABEL_SOURCES, CATALOGUE_LABELS } from './catalogue-labels.ts';
import type { Dimension } from './dimension-settings.ts';
import { type Ancestors, dimensionSource } from './dimension-source.ts';
import { type LabelSet, LabelSets } from './label-sets.ts';
import { hash, labelText } from './label-text.ts';

/** Whom `gen_ai_provider_name` names: who made the model, or who served it. */
type ProviderLabel = 'author' | 'serving';

const Saved = z.array(z.tuple([z.string(), z.string(), z.base64()]));

export class LabelAdmission {
  readonly sets: LabelSets;
  /** Attributes that it reads from spans. */
  readonly keys: readonly string[];
  readonly #labels: readonly AdmittedLabel[];

  constructor(dimensions: readonly Dimension[], providerLabel: ProviderLabel) {
    this.#labels = [...catalogueLabels(providerLabel), ...dimensions.map(dimensionLabel)];
    this.sets = new LabelSets(this.#labels.map(({ name }) => name));
    this.keys = dimensions.flatMap(({ name }) => dimensionSource(name).keys);
  }

  /** Labels of many values: from outside, so that they may overflow. */
  get open(): ReadonlySet<string> {
    return new Set(this.#labels.flatMap(({ name, cap }) => (cap === undefined ? [] : [name])));
  }

  /** Of labels that have a cap: how many values each has. */
  get valuesByLabel(): ReadonlyMap<string, number> {
    return new Map(this.#labels.flatMap(({ name, cap }) => (cap === undefined ? [] : [[name, cap.size] as const])));
  }

  ofCall(call: ModelCall, ancestors: Ancestors): LabelSet {
    return this.sets.of(this.#labels.map((label) => label.ofCall(call, ancestors)));
  }

  ofAttempt(attempt: Attempt): LabelSet {
    return this.sets.of(this.#labels.map((label) => label.ofAttempt(attempt)));
  }

  /** Name, source and admitted values of every label that has a cap. */
  save(): z.input<typeof Saved> {
    return this.#labels.flatMap(({ name, source, cap }): z.input<typeof Saved> => {
      return cap === undefined ? [] : [[name, source, Buffer.from(cap.save()).toString('base64')]];
    });
  }

  /** A label that is new, or shows another attribute than then, starts with no value admitted. */
  load(saved: unknown): void {
    for (const [name, source, values] of Saved.parse(saved)) {
      const label = this.#labels.find((known) => known.name === name && known.source === source);
      label?.cap?.load(Buffer.from(values, 'base64'));
    }
  }
}

function catalogueLabels(providerLabel: ProviderLabel): AdmittedLabel[] {
  return CATALOGUE_LABEL_SOURCES.map(({ name, source: { maxValues, ofCall, ofAttempt } }) => {
    const serving = name === 'gen_ai_provider_name' && providerLabel === 'serving';
    const cap = maxValues === undefined ? undefined : new ValueCap(maxValues);
    return new AdmittedLabel({
      name,
      source: serving ? 'serving' : '',
      cap,
      ofCall: serving ? CATALOGUE_LABELS.provider.ofCall : ofCall,
      ofAttempt,
      shown: cap === undefined ? (said) => said : labelText,
    });
  });
}

function dimensionLabel({ name, label, fallback, limit, hashed }: Dimension): AdmittedLabel {
  const { read } = dimensionSource(name);
  const shown = hashed ? (text: string) => hash(text, 12) : (text: string) => text;
  return new AdmittedLabel({
    name: label,
    source: JSON.stringify([name, hashed]),
    cap: new ValueCap(typeof limit === 'number' ? limit : [...limit, ...(fallback === undefined ? [] : [fallback])].map(shown)),
    ofCall: ({ reader }, ancestors) => read(reader, ancestors),
    ofAttempt: undefined,
    shown(said) {
      const text = labelText(said);
      return text === '' ? fallback && shown(fallback) : shown(text);
    },
  });
}
