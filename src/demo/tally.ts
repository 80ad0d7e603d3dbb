/** Adds up what traffic consists of, by model, as its maker knows it or as a metrics page says it. */

export type Figures = Readonly<{
  requests: number;
  errors: number;
  inputTokens: number;
  outputTokens: number;
  /** Requests that were answered and came without a cost. */
  costUnknown: number;
  /** In 1e-12 USD. */
  cost: bigint;
}>;

export const NOTHING: Figures = { requests: 0, errors: 0, inputTokens: 0, outputTokens: 0, costUnknown: 0, cost: 0n };

export type ByModel = ReadonlyMap<string, Figures>;

export class Tally {
  readonly #byModel = new Map<string, Figures>();

  add(model: string, figures: Partial<Figures>): void {
    this.#byModel.set(model, plus(this.#byModel.get(model) ?? NOTHING, figures));
  }

  /** As of now; what is added later does not change it. */
  get byModel(): ByModel {
    return new Map(this.#byModel);
  }
}

export function sumOf(byModel: ByModel): Figures {
  return byModel.values().reduce(plus, NOTHING);
}

/** Both together. */
export function joined(one: ByModel, other: ByModel): ByModel {
  return merged(one, other, plus);
}

/** What came since. */
export function since(earlier: ByModel, now: ByModel): ByModel {
  return merged(now, earlier, minus);
}

export function equal(one: ByModel, other: ByModel): boolean {
  return since(one, other)
    .values()
    .every((figures) => Object.values(figures).every((figure) => figure === 0 || figure === 0n));
}

type Combine = (one: Figures, other: Figures) => Figures;

function merged(one: ByModel, other: ByModel, combine: Combine): ByModel {
  const models = new Set([...one.keys(), ...other.keys()]);
  return new Map(Array.from(models, (model) => [model, combine(one.get(model) ?? NOTHING, other.get(model) ?? NOTHING)]));
}

function plus(one: Figures, other: Partial<Figures>): Figures {
  return {
    requests: one.requests + (other.requests ?? 0),
    errors: one.errors + (other.errors ?? 0),
    inputTokens: one.inputTokens + (other.inputTokens ?? 0),
    outputTokens: one.outputTokens + (other.outputTokens ?? 0),
    costUnknown: one.costUnknown + (other.costUnknown ?? 0),
    cost: one.cost + (other.cost ?? 0n),
  };
}

function minus(one: Figures, other: Figures): Figures {
  return {
    requests: one.requests - other.requests,
    errors: one.errors - other.errors,
    inputTokens: one.inputTokens - other.inputTokens,
    outputTokens: one.outputTokens - other.outputTokens,
    costUnknown: one.costUnknown - other.costUnknown,
    cost: one.cost - other.cost,
  };
}
