/** The page of every component and its settings, from the definitions. */
import { z } from 'zod';
import type { Definition } from '../../src/component/define.ts';
import { COMPONENTS } from '../../src/components.ts';
import { topLevel } from '../../src/config/schema.ts';
import { NOUN_OF_SECTION, SECTIONS, sectionOf } from '../../src/graph/sections.ts';
import { generatedNote, row } from './markdown.ts';

type Field = Readonly<{
  description?: string;
  default?: unknown;
  deprecated?: boolean;
  properties?: Readonly<Record<string, Field>>;
  required?: readonly string[];
  items?: Field;
  anyOf?: readonly Field[];
  enum?: readonly unknown[];
}>;

export function configurationPage(): string {
  const sections = SECTIONS.map((section) => {
    const components = COMPONENTS.filter((definition) => sectionOf(definition) === section);
    return components.length === 0 ? '' : `## ${section}\n\n${components.map(componentText).join('\n')}`;
  });
  const service = fieldOf(topLevel).properties?.['service'] ?? {};
  return `# Configuration

${generatedNote}

The dialect is the OpenTelemetry Collector's: components by \`type\` or \`type/name\`, connected by \`service.pipelines\`.
Durations are written \`5s\`, \`1m30s\`; sizes \`20MiB\`. A value may be \`\${env:NAME}\`, \`\${env:NAME:-default}\` or \`\${file:path}\`.

${sections.filter((text) => text !== '').join('\n')}
## service

| key | default | meaning |
|---|---|---|
${rows(service, '').join('\n')}
`;
}

function componentText(definition: Definition): string {
  const { type, aliases = [], summary, config, example } = definition;
  const schema = fieldOf(config);
  const also = aliases.length === 0 ? '' : ` Also written ${aliases.map((alias) => `\`${alias}\``).join(', ')}.`;
  return `### ${NOUN_OF_SECTION[sectionOf(definition)]} \`${type}\`

${summary}${also}

\`\`\`yaml
${example}
\`\`\`

| key | default | meaning |
|---|---|---|
${rows(schema, '').join('\n')}
`;
}

/** As a person writes it, before defaults and conversions. */
function fieldOf(schema: z.ZodType): Field {
  return z.toJSONSchema(schema, { io: 'input', target: 'draft-7', unrepresentable: 'any' }) as Field;
}

function rows(schema: Field, prefix: string): readonly string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const path = `${prefix}${name}`;
    const required = schema.required?.includes(name);
    const fallback = field.default === undefined ? (required ? 'required' : '') : `\`${JSON.stringify(field.default)}\``;
    const shown = isSection(field) && !required ? '' : fallback;
    const choices = field.enum === undefined ? '' : ` One of ${field.enum.map((one) => `\`${one}\``).join(', ')}.`;
    return [row(`\`${path}\``, shown, `${field.description ?? ''}${choices}`), ...innerRows(field, path)];
  });
}

/** Of all that may stand there: a map, one of several things, a list of either. */
function innerRows(field: Field, path: string): readonly string[] {
  const alternatives = (field.anyOf ?? []).flatMap((alternative) => innerRows(alternative, path));
  const items = field.items === undefined ? [] : innerRows(field.items, `${path}[]`);
  return [...rows(field, `${path}.`), ...alternatives, ...items];
}

function isSection({ properties }: Field): boolean {
  return properties !== undefined;
}
