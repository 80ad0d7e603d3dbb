/** Real prose and code for prompts: the paragraphs of this repository, drawn at random but the same for the same seed. */
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Generated tables repeat themselves more than people do. */
const SOURCES = ['README.md', 'LICENSE', 'docs/*.md', 'docs/decisions/*.md', 'docs/how-to/*.md', 'src/**/*.ts'];

const paragraphs = globSync(SOURCES, { cwd: ROOT })
  .sort()
  .flatMap((path) => readFileSync(`${ROOT}/${path}`, 'utf8').split(/\n{2,}/))
  .filter((paragraph) => paragraph.length > 80);

/** Text of this many characters; no paragraph comes twice before all have come. */
export function textOf(characters: number, random: () => number): string {
  const drawn: string[] = [];
  let length = 0;
  while (length < characters) {
    for (const paragraph of shuffled(paragraphs, random)) {
      drawn.push(paragraph);
      length += paragraph.length + 2;
      if (length >= characters) break;
    }
  }
  return drawn.join('\n\n').slice(0, characters);
}

/** Numbers from 0 up to 1 (xorshift), the same for the same seed. */
export function randomOf(seed: number): () => number {
  let state = seed || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

function shuffled<T>(list: readonly T[], random: () => number): readonly T[] {
  return list
    .map((item) => ({ item, rank: random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}
