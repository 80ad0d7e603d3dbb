/** The setting that changes attributes: a list of actions as the Collector writes them, checked against what each may have. */
import { z } from 'zod';
import type { AttributeAction, ValueSource } from '../data/attribute-action.ts';
import type { AnyValue } from '../data/batch.ts';
import { unsupported } from './fields.ts';
import { groupNames, namedMatches, pattern } from './pattern.ts';

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const key = z.string().min(1);

const Written = z.strictObject({
  action: z
    // The Collector takes capitals too.
    .preprocess(
      (written) => (typeof written === 'string' ? written.toLowerCase() : written),
      z.enum(['insert', 'update', 'upsert', 'delete', 'hash', 'extract', 'convert']),
    )
    .describe('What to do: write if absent, if present, always; remove; hash; take apart; change the type.'),
  key: key.optional().describe('Attribute to act on.'),
  pattern: pattern()
    .optional()
    .describe('RE2: other attributes to delete or hash, by name; or groups to extract, each named as its attribute.'),
  value: scalar.optional().describe('Value to write; a whole number becomes an integer.'),
  from_attribute: key.optional().describe('Attribute to take the value from; without it nothing is written.'),
  default_value: scalar.optional().describe('Value to write where from_attribute is absent.'),
  converted_type: z.enum(['int', 'double', 'string']).optional().describe('Type to convert to; what cannot be converted stays.'),
  from_context: unsupported('request headers are not kept with the spans'),
});
type Written = z.output<typeof Written>;

type Field = Exclude<keyof Written, 'action' | 'from_context'>;
type Refuse = (field: Field, message: string) => undefined;

const WRITING: readonly Field[] = ['key', 'value', 'from_attribute', 'default_value'];
const CHOOSING: readonly Field[] = ['key', 'pattern'];
const FIELDS: readonly Field[] = ['key', 'pattern', 'value', 'from_attribute', 'default_value', 'converted_type'];

const USED: Readonly<Record<Written['action'], readonly Field[]>> = {
  insert: WRITING,
  update: WRITING,
  upsert: WRITING,
  delete: CHOOSING,
  hash: CHOOSING,
  extract: ['key', 'pattern'],
  convert: ['key', 'converted_type'],
};

const NEEDED: Readonly<Record<Written['action'], readonly Field[]>> = {
  insert: ['key'],
  update: ['key'],
  upsert: ['key'],
  delete: [],
  hash: [],
  extract: ['key', 'pattern'],
  convert: ['key', 'converted_type'],
};

/** In the order in which they are done. */
export function attributeActions() {
  return z.array(Written.transform(actionOf)).min(1);
}

/** As an attribute has it. */
export function scalarValue(written: z.output<typeof scalar>): AnyValue {
  if (typeof written === 'string') return { stringValue: written };
  if (typeof written === 'boolean') return { boolValue: written };
  return Number.isSafeInteger(written) ? { intValue: String(written) } : { doubleValue: written };
}

function actionOf(written: Written, issues: z.core.$RefinementCtx): AttributeAction {
  const refuse: Refuse = (field, message) => {
    issues.addIssue({ code: 'custom', path: [field], message });
    return undefined;
  };
  const { action } = written;
  for (const field of FIELDS) {
    if (written[field] === undefined || USED[action].includes(field)) continue;
    refuse(field, `action "${action}" does not use it`);
  }
  for (const field of NEEDED[action]) {
    if (written[field] === undefined) refuse(field, `action "${action}" needs it`);
  }
  return completeAction(written, refuse) ?? z.NEVER;
}

/** Undefined where something was refused. */
function completeAction(written: Written, refuse: Refuse): AttributeAction | undefined {
  const { action, key, pattern, converted_type: type } = written;
  switch (action) {
    case 'insert':
    case 'update':
    case 'upsert': {
      const source = sourceOf(written, refuse);
      return key === undefined || source === undefined ? undefined : { action, key, source };
    }
    case 'delete':
    case 'hash':
      if (key === undefined && pattern === undefined) return refuse('key', `action "${action}" needs it, or "pattern"`);
      return { action, chosen: (name) => name === key || pattern?.test(name) === true };
    case 'extract':
      return extractOf(written, refuse);
    case 'convert':
      return key === undefined || type === undefined ? undefined : { action, key, type };
  }
}

function extractOf({ key, pattern }: Written, refuse: Refuse): AttributeAction | undefined {
  if (pattern !== undefined && !groupNames(pattern)?.length) {
    return refuse('pattern', 'expected groups that all have a name, such as "(?P<name>.*)"');
  }
  if (key === undefined || pattern === undefined) return undefined;
  return { action: 'extract', key, match: (text) => namedMatches(pattern, text) };
}

function sourceOf(written: Written, refuse: Refuse): ValueSource | undefined {
  const { action, value, from_attribute: fromAttribute, default_value: fallback } = written;
  if (fallback !== undefined && fromAttribute === undefined) refuse('default_value', 'it is for "from_attribute" alone');
  if (value !== undefined && fromAttribute !== undefined) return refuse('from_attribute', 'there is a "value" already');
  if (value !== undefined) return { value: scalarValue(value) };
  if (fromAttribute === undefined) return refuse('value', `action "${action}" needs it, or "from_attribute"`);
  return { fromAttribute, fallback: fallback === undefined ? undefined : scalarValue(fallback) };
}
