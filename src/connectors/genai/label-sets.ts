/** Keeps one object for every combination of label values, so that metrics find their series by it and look at no label again. */
import { type LabelValues, OVERFLOW } from '../../metrics/series.ts';

/** A value of one label. Two may have the same text: then two label sets lead to one series. */
export type Word = Readonly<{
  text: string | undefined;
  /** Random: a label set is found by the marks of its words, and no sender can choose words that all meet in one place. */
  mark: number;
}>;

export type LabelSet = Readonly<{
  /** In the order of the labels. */
  words: readonly Word[];
  /** One of the labels has had too many values. */
  overflowed: boolean;
  /** As each selection shows them, once it was asked. */
  shown: (LabelValues | undefined)[];
  /** Another one with the same marks. */
  next: LabelSet | undefined;
}>;

/** The values of some labels. */
export type Selection = Readonly<{
  /** The same list whenever the same label set comes. */
  of(set: LabelSet): LabelValues;
}>;

/** About as many as one metric may have series; the next one makes room by starting anew. */
const MOST_SETS = 16_384;

export const ABSENT: Word = { text: undefined, mark: 0 };

export function wordOf(text: string): Word {
  return { text, mark: Math.floor(Math.random() * 2 ** 32) | 0 };
}

export class LabelSets {
  readonly #names: readonly string[];
  readonly #setByMarks = new Map<number, LabelSet>();
  readonly #selectionByKey = new Map<string, Selection>();

  constructor(names: readonly string[]) {
    this.#names = names;
  }

  /** One word for each label. */
  of(words: readonly Word[]): LabelSet {
    const marks = words.reduce((mixed, { mark }) => mixed ^ mark, 0);
    const first = this.#setByMarks.get(marks);
    for (let set = first; set !== undefined; set = set.next) {
      if (set.words.every((word, index) => word === words[index])) return set;
    }
    if (this.#setByMarks.size >= MOST_SETS) this.#setByMarks.clear();
    const made = { words, overflowed: words.some(({ text }) => text === OVERFLOW), shown: [], next: first };
    this.#setByMarks.set(marks, made);
    return made;
  }

  /** Of the labels of these names, and one value more that is always the same, if it is given. */
  select(names: readonly string[], ...constant: readonly (string | undefined)[]): Selection {
    const key = JSON.stringify([names, constant]);
    const selection = this.#selectionByKey.get(key) ?? this.#selectionOf(names, constant);
    this.#selectionByKey.set(key, selection);
    return selection;
  }

  #selectionOf(names: readonly string[], constant: LabelValues): Selection {
    const place = this.#selectionByKey.size;
    const columns = names.map((name) => this.#names.indexOf(name));
    return {
      of({ words, shown }) {
        shown[place] ??= [...columns.map((column) => words[column]?.text), ...constant];
        return shown[place];
      },
    };
  }
}
