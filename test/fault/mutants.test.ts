/** The list of mutants follows the source; `npm run fault:mutants` runs them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MUTANTS } from './mutant-list.ts';
import { mutated } from './mutated.ts';

describe('the place of a mutant', () => {
  for (const mutant of MUTANTS) it(`is there: ${mutant.name}`, () => assert.ok(mutated(mutant).length > 0));
});
