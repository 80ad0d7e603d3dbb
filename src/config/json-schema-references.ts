/** Makes of the JSON Schema of plain values that of what a person may write: references, empty sections, no refused keys. */
import type { z } from 'zod';

export type JsonSchema = z.core.JSONSchema.JSONSchema;

/** One reference alone, or within text that has a form. */
const REFERENCE: JsonSchema = { type: 'string', pattern: '^\\$\\{(env|file):' };
const WITH_REFERENCE: JsonSchema = { type: 'string', pattern: '\\$\\{(env|file):' };

/** What describes a field rather than its values. */
const DESCRIPTIVE = new Set(['$schema', 'title', 'description', 'default', 'examples', 'deprecated']);

export function admitReferences({ secret, noEffect, unsupported, written, ...schema }: JsonSchema): JsonSchema {
  const own = withInner(noEffect === undefined ? schema : { ...schema, deprecated: true });
  if (isSchema(written)) return choice(own, [...(written.anyOf ?? [written]), REFERENCE]);
  const { type, enum: values, const: value, pattern, format } = own;
  if (type === 'object') return { ...own, type: ['object', 'null'] };
  const scalar = type === 'number' || type === 'integer' || type === 'boolean' || values !== undefined || value !== undefined;
  if (scalar) return choice(own, [constraints(own), REFERENCE]);
  if (pattern !== undefined || format !== undefined) return choice(own, [constraints(own), WITH_REFERENCE]);
  return own;
}

function withInner({ oneOf, ...schema }: JsonSchema): JsonSchema {
  const { properties, items, additionalProperties, allOf } = schema;
  const anyOf = oneOf ?? schema.anyOf; // a reference fits several
  return {
    ...schema,
    ...(properties && { properties: withoutRefused(properties) }),
    ...(isSchema(items) && { items: admitReferences(items) }),
    ...(isSchema(additionalProperties) && { additionalProperties: admitReferences(additionalProperties) }),
    ...(anyOf && { anyOf: anyOf.map(admitReferences) }),
    ...(allOf && { allOf: allOf.map(admitReferences) }),
  };
}

function withoutRefused(properties: NonNullable<JsonSchema['properties']>): NonNullable<JsonSchema['properties']> {
  const kept = Object.entries(properties).flatMap(([key, field]): [string, JsonSchema][] => {
    if (!isSchema(field)) return [];
    const { unsupported } = field;
    return unsupported === undefined ? [[key, admitReferences(field)]] : [];
  });
  return Object.fromEntries(kept);
}

function choice(schema: JsonSchema, alternatives: JsonSchema[]): JsonSchema {
  const described = Object.entries(schema).filter(([key]) => DESCRIPTIVE.has(key));
  return { ...Object.fromEntries(described), anyOf: alternatives };
}

/** Without the bounds that every integer of JavaScript has. */
function constraints(schema: JsonSchema): JsonSchema {
  const kept = Object.entries(schema).filter(
    ([key, value]) => !DESCRIPTIVE.has(key) && value !== Number.MAX_SAFE_INTEGER && value !== Number.MIN_SAFE_INTEGER,
  );
  return Object.fromEntries(kept);
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
