/** One label: where its value comes from, what it says for it, and which values it has admitted. */
import type { Attempt } from '../../genai/attempt.ts';
import type { ModelCall } from '../../genai/model-call.ts';
import type { ValueCap } from '../../metrics/value-cap.ts';
import type { Ancestors } from './dimension-source.ts';
import { ABSENT, type Word, wordOf } from './label-sets.ts';
import { labelText, MOST_CHARACTERS } from './label-text.ts';

type Described = Readonly<{
  name: string;
  /** What its values are: those of something else are not kept for it. */
  source: string;
  /** None: few values by nature. */
  cap: ValueCap | undefined;
  /** Undefined: the call does not say. */
  ofCall: ((call: ModelCall, ancestors: Ancestors) => string | undefined) | undefined;
  ofAttempt: ((attempt: Attempt) => string | undefined) | undefined;
  /** The text for what was said, '' for nothing said; undefined: no such label. */
  shown: (said: string) => string | undefined;
}>;

/** Several texts may mean the same; of a label with more values than this some are worked out again. */
const MOST_WORDS = 2_000;

export class AdmittedLabel {
  readonly name: string;
  readonly source: string;
  readonly cap: ValueCap | undefined;
  readonly #described: Described;
  /** By what was said; only what is admitted. */
  readonly #words = new Map<string, Word>();
  /** Stands for all that is not. */
  #rest: Word = ABSENT;

  constructor(described: Described) {
    this.name = described.name;
    this.source = described.source;
    this.cap = described.cap;
    this.#described = described;
  }

  ofCall(call: ModelCall, ancestors: Ancestors): Word {
    return this.#word(this.#described.ofCall?.(call, ancestors));
  }

  ofAttempt(attempt: Attempt): Word {
    return this.#word(this.#described.ofAttempt?.(attempt));
  }

  #word(raw = ''): Word {
    const said = raw.length > MOST_CHARACTERS ? labelText(raw) : raw;
    return this.#words.get(said) ?? this.#admit(said);
  }

  #admit(said: string): Word {
    const text = this.#described.shown(said) ?? '';
    const admitted = text === '' ? text : (this.cap?.admit(text) ?? text);
    if (admitted !== text) return this.#restOf(admitted);
    const word = text === '' ? ABSENT : wordOf(text);
    if (this.#words.size >= MOST_WORDS) this.#words.clear();
    this.#words.set(said, word);
    return word;
  }

  #restOf(text: string): Word {
    if (this.#rest.text !== text) this.#rest = wordOf(text);
    return this.#rest;
  }
}
