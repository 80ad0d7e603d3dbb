/** Gives every attribute that some rule asks for a place, so that one pass over a span picks out all of them. */
import type { AnyValue, Attributes } from '../data/batch.ts';
import { ALIASES, type Alias, type Aliases, FACT_KEYS, type Fact } from './aliases.ts';

/** One spelling of a fact, and where a span that has it keeps its value. */
export type Spelling = Readonly<{ alias: Alias; place: number; path: readonly string[] | undefined; claudeCode: boolean }>;

/** Values by place. */
export type Picked = readonly (AnyValue | undefined)[];

const EMPTY: AnyValue = {};
/** In every plan the facts come first. */
const PLACE_BY_FACT_KEY: ReadonlyMap<string, number> = new Map(Array.from(FACT_KEYS, (key, place) => [key, place]));

/** Of every fact, in the order in which they are asked for. */
export const SPELLINGS: Readonly<Record<Fact, readonly Spelling[]>> = mapFacts((aliases) => aliases.map(spellingOf));

export class AttributePlan {
  readonly #placeByKey: Map<string, number>;
  readonly #nothing: Picked;

  /** `further`: keys that are asked for beside those of the facts. */
  constructor(further: readonly string[] = []) {
    this.#placeByKey = new Map(PLACE_BY_FACT_KEY);
    for (const key of further) {
      if (!this.#placeByKey.has(key)) this.#placeByKey.set(key, this.#placeByKey.size);
    }
    this.#nothing = Array.from(this.#placeByKey, () => undefined);
  }

  /** Of a key that stands twice the last one counts: senders put their own keys behind the caller's. */
  pick(attributes: Attributes = []): Picked {
    const picked = this.#nothing.slice();
    for (const { key, value } of attributes) {
      const place = this.#placeByKey.get(key);
      if (place !== undefined) picked[place] = value ?? EMPTY;
    }
    return picked;
  }

  /** Undefined too for a key that the plan does not have. */
  valueOf(picked: Picked, key: string): AnyValue | undefined {
    const place = this.#placeByKey.get(key);
    return place === undefined ? undefined : picked[place];
  }
}

function mapFacts<T>(change: (aliases: Aliases) => T): Readonly<Record<Fact, T>> {
  // The keys of that very object.
  return Object.fromEntries(Object.entries(ALIASES).map(([fact, aliases]) => [fact, change(aliases)])) as Record<Fact, T>;
}

function spellingOf(alias: Alias): Spelling {
  const { key, path, claudeCode = false } = typeof alias === 'string' ? { key: alias } : alias;
  return { alias, place: PLACE_BY_FACT_KEY.get(key) ?? -1, path, claudeCode };
}
