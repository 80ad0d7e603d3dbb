/** Writes the JSON Schema that editors complete and check a config with. */
import { parse } from 'yaml';
import { z } from 'zod';
import type { Definition } from '../component/define.ts';
import { admitReferences, type JsonSchema } from './json-schema-references.ts';
import { type Section, topLevel } from './schema.ts';

/** In which section of a file a component stands. */
export const SECTION_BY_KIND: Readonly<Record<Definition['kind'], Section>> = {
  receiver: 'receivers',
  processor: 'processors',
  connector: 'connectors',
  exporter: 'exporters',
  pull_exporter: 'exporters',
  extension: 'extensions',
};

/** Draft-07, the newest that the YAML plugins of editors read. */
export function configJsonSchema(components: readonly Definition[]): JsonSchema {
  const { $schema, ...config } = jsonSchemaOf(topLevel);
  const sections = Map.groupBy(components, ({ kind }) => SECTION_BY_KIND[kind]);
  const properties = Object.entries(config.properties ?? {}).map(([key, field]) => {
    const isSection = Object.values(SECTION_BY_KIND).some((section) => section === key);
    return [key, isSection ? sectionSchema(key, field, components) : field];
  });
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'spanmeter config',
    ...config,
    properties: Object.fromEntries(properties),
    definitions: Object.fromEntries(
      [...sections].flatMap(([section, definitions]) =>
        definitions.map((one) => [`${section}.${one.type}`, componentSchema(one)]),
      ),
    ),
  };
}

/** Ids are `type` or `type/name`, in any spelling of the type. */
function sectionSchema(section: string, field: z.core.JSONSchema._JSONSchema, components: readonly Definition[]): JsonSchema {
  const definitions = components.filter(({ kind }) => SECTION_BY_KIND[kind] === section);
  const patterns = definitions.map(({ type, aliases = [] }) => [
    `^(${[type, ...aliases].join('|')})(/.+)?$`,
    { $ref: `#/definitions/${section}.${type}` },
  ]);
  const { additionalProperties, propertyNames, ...rest } = typeof field === 'boolean' ? {} : field;
  return { ...rest, patternProperties: Object.fromEntries(patterns), additionalProperties: false };
}

function componentSchema({ config, summary, example }: Definition): JsonSchema {
  const { $schema, ...schema } = jsonSchemaOf(config);
  return { ...schema, description: summary, examples: [parse(example)] };
}

function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  return admitReferences(z.toJSONSchema(schema, { io: 'input', target: 'draft-7', unrepresentable: 'any' }));
}
