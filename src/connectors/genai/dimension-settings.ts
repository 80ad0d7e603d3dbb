/** The settings of dimensions and what they must not be: taken, reserved or endless. */
import { z } from 'zod';
import { CATALOGUE, labelsOf } from './catalogue.ts';
import { IDENTITIES } from './identities.ts';

const name = z.string().min(1);

const LongForm = z.strictObject({
  name: name.describe('Attribute of the span or its resource; "span.", "resource." or "parent." in front restricts where.'),
  label: z
    .string()
    .regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, 'expected a label name: letters, digits and "_", no digit first')
    .optional()
    .describe('Name of the label; made from the name of the attribute if left out.'),
  default: z.string().min(1).optional().describe('For requests that lack the attribute; without it they lack the label.'),
  max_values: z.int().positive().optional().describe('Distinct values before the rest becomes __overflow__; 200 if left out.'),
  values: z.array(z.string().min(1)).min(1).optional().describe('The only values to show; every other is "other".'),
  hash: z.boolean().default(false).describe('Show 12 hexadecimal digits of the SHA-256 instead of the value.'),
});

/** An attribute name, or a map with more to say. */
export const Dimensions = z.array(z.union([name, LongForm])).superRefine((written, context) => {
  const taken = new Map<string, string>();
  for (const [index, entry] of written.entries()) {
    const { name, label, bounded } = dimensionOf(entry);
    const fault = labelFault(name, label, taken);
    const path = typeof entry !== 'string' && entry.label !== undefined ? [index, 'label'] : [index];
    if (fault !== undefined) context.addIssue({ code: 'custom', path, message: fault });
    else if (!bounded && isIdentity(name)) context.addIssue({ code: 'custom', path: [index], message: endless(name) });
    taken.set(label, name);
  }
});

export type WrittenDimension = z.output<typeof Dimensions>[number];

export type Dimension = Readonly<{
  name: string;
  label: string;
  fallback: string | undefined;
  limit: number | readonly string[];
  hashed: boolean;
  /** The limit is the user's own. */
  bounded: boolean;
}>;

const DEFAULT_MAX_VALUES = 200;
const RESERVED = new Set(['le', 'quantile', 'job', 'instance']);
const CATALOGUE_NAMES: ReadonlySet<string> = new Set(CATALOGUE.flatMap(labelsOf));

export function dimensionOf(entry: WrittenDimension): Dimension {
  if (typeof entry === 'string') return dimensionOf({ name: entry, hash: false });
  return {
    name: entry.name,
    label: entry.label ?? labelFor(entry.name),
    fallback: entry.default,
    limit: entry.values ?? entry.max_values ?? DEFAULT_MAX_VALUES,
    hashed: entry.hash,
    bounded: entry.values !== undefined || entry.max_values !== undefined,
  };
}

/** The caller's own metadata is named as the caller names it. */
function labelFor(name: string): string {
  const label = name.replace(/^trace\.metadata\./, '').replace(/[^a-zA-Z0-9_]/gu, '_');
  return /^\d/.test(label) ? `_${label}` : label;
}

/** `taken`: the attribute of each label before it. */
function labelFault(name: string, label: string, taken: ReadonlyMap<string, string>): string | undefined {
  const remedy = 'give it another with "label"';
  if (label === '') return `cannot make a label name of it; ${remedy}`;
  if (RESERVED.has(label) || label.startsWith('__')) return `label "${label}" is reserved by Prometheus; ${remedy}`;
  if (CATALOGUE_NAMES.has(label)) return `label "${label}" is one that the metrics have already; ${remedy}`;
  if (taken.get(label) === name) return `dimension "${name}" stands here twice; remove one of them`;
  return taken.has(label) ? `label "${label}" is the label of another dimension; ${remedy}` : undefined;
}

function isIdentity(name: string): boolean {
  return IDENTITIES.has(name) || IDENTITIES.has(name.replace(/^(?:span|resource|parent)\./, ''));
}

function endless(name: string): string {
  return `"${name}" has a new value for every person or request, and each would be a series; set max_values to as many as you want to see`;
}
