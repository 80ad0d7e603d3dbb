/** Says in a person's words what a field expected and what came. */
import type { z } from 'zod';
import type { Node } from './document.ts';

const WORD_BY_TYPE = new Map([
  ['string', 'text'],
  ['number', 'a number'],
  ['int', 'a whole number'],
  ['boolean', 'true or false'],
  ['array', 'a list'],
  ['object', 'a map'],
  ['record', 'a map'],
]);
const MOST_SHOWN = 60;

/** Stands in for zod's own messages; those that a schema brings win. Empty for a union, whose alternatives say it. */
export function wordIssue(issue: z.core.$ZodRawIssue): string {
  const expected = expectedOf(issue);
  return expected === '' ? '' : `expected ${expected}`;
}

function expectedOf(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return WORD_BY_TYPE.get(issue.expected) ?? issue.expected;
    case 'invalid_value':
      return oneOf(issue.values);
    case 'too_small':
      return least(issue);
    case 'too_big':
      return most(issue);
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`;
    case 'invalid_format':
      if (issue.format === 'url') return 'a URL such as "http://localhost:4318"';
      return issue.pattern === undefined ? `text in the form of ${issue.format}` : `text that matches ${issue.pattern}`;
    case 'invalid_union':
      return '';
    default:
      return 'another value';
  }
}

function least({ origin, minimum, inclusive }: z.core.$ZodRawIssue<z.core.$ZodIssueTooSmall>): string {
  if (origin === 'string') return minimum === 1 ? 'text that is not empty' : `text of at least ${minimum} characters`;
  if (origin === 'array') return minimum === 1 ? 'a list that is not empty' : `a list of at least ${minimum} items`;
  return inclusive ? `a number of at least ${minimum}` : `a number above ${minimum}`;
}

function most({ origin, maximum, inclusive }: z.core.$ZodRawIssue<z.core.$ZodIssueTooBig>): string {
  if (origin === 'string') return `text of at most ${maximum} characters`;
  if (origin === 'array') return `a list of at most ${maximum} items`;
  return inclusive ? `a number of at most ${maximum}` : `a number below ${maximum}`;
}

export function oneOf(values: readonly unknown[]): string {
  const words = values.map((value) => JSON.stringify(value));
  return words.length === 1 ? words.join('') : `one of ${words.join(', ')}`;
}

/** `"ten" (from TEMPO_TIMEOUT)` */
export function gotText(node: Node, value: unknown, secret: boolean): string {
  if (node.kind !== 'scalar') return node.kind === 'map' ? 'a map' : 'a list';
  const shown = secret || node.hidden ? '[REDACTED]' : scalarText(value);
  return node.from === undefined ? shown : `${shown} (from ${node.from})`;
}

function scalarText(value: unknown): string {
  if (value === null) return 'nothing';
  const short = shortened(String(value));
  return typeof value === 'string' ? JSON.stringify(short) : short;
}

export function shortened(text: string): string {
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
}
