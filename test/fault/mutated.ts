/** The source of a file with a fault put into it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Edit, Mutant } from './mutant-list.ts';

export const ROOT = new URL('../..', import.meta.url).pathname;

/** Throws where a place has changed: that would be no mutant, and the list has to follow the source. */
export function mutated(mutant: Mutant): string {
  const edits: readonly Edit[] = 'edits' in mutant ? mutant.edits : [mutant];
  return edits.reduce(
    (source, { from, to }) => {
      const places = source.split(from).length - 1;
      if (places !== 1) throw new Error(`src/${mutant.file} has ${places} places for the mutant "${mutant.name}":\n${from}`);
      return source.replace(from, () => to);
    },
    readFileSync(join(ROOT, 'src', mutant.file), 'utf8'),
  );
}
