/** Puts the attributes of a span to all questions that are asked of them, in one pass and without looking into any value. */
import type { AnyValue, Attributes } from '../data/batch.ts';
import { ALIASES, type Alias, type Aliases, type Fact } from './aliases.ts';
import { KeyTable } from './key-table.ts';

/** The value of one spelling, and of the next one that the span has for the same question. */
export type Answer = Readonly<{ spelling: Spelling; value: AnyValue; next: Answer | undefined }>;

/** The first answer to each question. */
export type Answers = readonly (Answer | undefined)[];

/** One of the attributes that may answer a question; a lower rank is asked first. */
type Spelling = Readonly<{
  alias: Alias;
  key: string;
  path: readonly string[] | undefined;
  claudeCode: boolean;
  question: number;
  rank: number;
}>;

const EMPTY: AnyValue = {};

const FACTS = Object.keys(ALIASES) as Fact[]; // of that very object
const FACT_SPELLINGS = FACTS.flatMap((fact, question) => spellingsOf(ALIASES[fact], question));

/** Facts are the first questions of every plan. */
export const QUESTION_BY_FACT: ReadonlyMap<Fact, number> = new Map(FACTS.map((fact, question) => [fact, question]));

export class AttributePlan {
  readonly #spellings: KeyTable<readonly Spelling[]>;
  readonly #questionByKey: ReadonlyMap<string, number>;
  readonly #noAnswers: Answers;

  /** `further`: keys of attributes that are asked for by themselves. */
  constructor(further: readonly string[] = []) {
    this.#questionByKey = new Map(Array.from(new Set(further), (key, index) => [key, FACTS.length + index]));
    const own = Array.from(this.#questionByKey, ([key, question]) => spellingsOf([key], question));
    this.#spellings = new KeyTable(Map.groupBy([...FACT_SPELLINGS, ...own.flat()], ({ key }) => key));
    this.#noAnswers = Array.from({ length: FACTS.length + this.#questionByKey.size }, () => undefined);
  }

  /** Of a key that stands twice the last one counts: senders put their own keys behind the caller's. */
  answersIn(attributes: Attributes = []): Answers {
    const answers = this.#noAnswers.slice();
    for (const { key, value = EMPTY } of attributes) {
      const spellings = this.#spellings.get(key);
      if (spellings === undefined) continue;
      for (const spelling of spellings) answers[spelling.question] = inserted(answers[spelling.question], spelling, value);
    }
    return answers;
  }

  /** Of one of the further keys. */
  valueIn(answers: Answers, key: string): AnyValue | undefined {
    const question = this.#questionByKey.get(key);
    return question === undefined ? undefined : answers[question]?.value;
  }
}

function inserted(first: Answer | undefined, spelling: Spelling, value: AnyValue): Answer {
  if (first === undefined || spelling.rank < first.spelling.rank) return { spelling, value, next: first };
  if (spelling === first.spelling) return { spelling, value, next: first.next };
  return { ...first, next: inserted(first.next, spelling, value) };
}

function spellingsOf(aliases: Aliases, question: number): readonly Spelling[] {
  return aliases.map((alias, rank) => {
    const { key, path, claudeCode }: Exclude<Alias, string> = typeof alias === 'string' ? { key: alias } : alias;
    return { alias, key, path, claudeCode: claudeCode ?? false, question, rank };
  });
}
