/** Looks into schemas: which fields stand at a key, and what they say about themselves. */
import { z } from 'zod';
import type { FieldMeta } from './fields.ts';

/** One thing that a value may be, without wrappers; a union has several. */
export type Alternative = Readonly<{ schema: z.core.$ZodType; meta: FieldMeta }>;

export function alternativesOf(schema: z.core.$ZodType, outer: FieldMeta = {}): readonly Alternative[] {
  const meta: FieldMeta = { ...z.globalRegistry.get(schema), ...outer };
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => alternativesOf(option, meta));
  const inner = innerOf(schema);
  return inner === undefined ? [{ schema, meta }] : alternativesOf(inner, meta);
}

/** What may stand at a key of a map or an index of a list. */
export function alternativesAt(alternatives: readonly Alternative[], step: string | number): readonly Alternative[] {
  return alternatives.flatMap(({ schema, meta: { secret } }) => {
    const child = childOf(schema, step);
    return child === undefined ? [] : alternativesOf(child, secret ? { secret } : {});
  });
}

/** Keys of which something is known. */
export function keysOf(alternatives: readonly Alternative[]): readonly string[] {
  return alternatives.flatMap(({ schema }) => (schema instanceof z.ZodObject ? Object.keys(schema.shape) : []));
}

export function isMap({ schema }: Alternative): boolean {
  return schema instanceof z.ZodObject || schema instanceof z.ZodRecord;
}

/** Text is as good as a number or a boolean, or the only thing that will do. */
export function takesText({ schema }: Alternative): boolean {
  const literals = literalsOf(schema);
  if (literals.length > 0) return literals.some((literal) => typeof literal === 'string');
  return !(schema instanceof z.ZodNumber || schema instanceof z.ZodBoolean || schema instanceof z.ZodBigInt);
}

export function literalsOf(schema: z.core.$ZodType): readonly unknown[] {
  if (schema instanceof z.ZodEnum) return schema.options;
  return schema instanceof z.ZodLiteral ? [...schema.values] : [];
}

/** Says so of itself in every alternative. */
export function reasonOf(alternatives: readonly Alternative[], name: 'noEffect' | 'unsupported'): string | undefined {
  return alternatives.every(({ meta }) => meta[name] !== undefined) ? alternatives[0]?.meta[name] : undefined;
}

export function isSecret(alternatives: readonly Alternative[]): boolean {
  return alternatives.some(({ meta }) => meta.secret);
}

function innerOf(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodNonOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodCatch ||
    schema instanceof z.ZodReadonly
  ) {
    return schema.def.innerType;
  }
  if (schema instanceof z.ZodPipe) return schema.def.in instanceof z.ZodTransform ? schema.def.out : schema.def.in;
  return schema instanceof z.ZodLazy ? schema.def.getter() : undefined;
}

function childOf(schema: z.core.$ZodType, step: string | number): z.core.$ZodType | undefined {
  if (schema instanceof z.ZodObject) return Object.hasOwn(schema.shape, step) ? schema.shape[step] : undefined;
  if (schema instanceof z.ZodRecord) return schema.valueType;
  return schema instanceof z.ZodArray ? schema.element : undefined;
}
