/** Regular expressions as settings: RE2, which meets text from outside in linear time whatever the pattern. */
import { RE2JS, RE2JSSyntaxException } from 're2js';
import { z } from 'zod';

/** Without anchors of its own it matches anywhere in a text. */
type Pattern = RE2JS;

export function pattern() {
  return z.string().transform((written, context): Pattern => {
    const compiled = compilePattern(written);
    if (typeof compiled !== 'string') return compiled;
    context.addIssue({ code: 'custom', message: compiled });
    return z.NEVER;
  });
}

/** What is wrong with it if it is none. */
export function compilePattern(written: string): Pattern | string {
  try {
    return RE2JS.compile(written);
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error;
    return `cannot read the pattern as RE2: ${error.message.replace(/^error parsing regexp: /, '')}`;
  }
}

/** Names of the groups in order; undefined when one has no name. */
export function groupNames(compiled: Pattern): readonly string[] | undefined {
  const names = Object.entries(compiled.namedGroups()).toSorted(([, left], [, right]) => left - right);
  return names.length === compiled.groupCount() ? names.map(([name]) => name) : undefined;
}

/** By group name, '' for one that took no part; none when the text does not match. */
export function namedMatches(compiled: Pattern, text: string): readonly (readonly [name: string, match: string])[] {
  const matcher = compiled.matcher(text);
  return matcher.find() ? Object.entries(matcher.getNamedGroups()).map(([name, match]) => [name, match ?? '']) : [];
}
