/** What every component definition must hold; a new component gets these unasked. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import type { Health } from '../../src/component/contract.ts';
import type { Definition } from '../../src/component/define.ts';
import { COMPONENTS } from '../../src/components.ts';
import { check } from '../../src/config/check.ts';
import { loadTexts } from '../../src/config/load.ts';
import { hasErrors } from '../../src/config/report.ts';
import { sectionOf } from '../../src/graph/sections.ts';

type JsonSchema = {
  properties?: Record<string, JsonSchema>;
  description?: string;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  deprecated?: boolean;
};

function checkedYaml(definition: Definition, yaml: string) {
  const indented = yaml.replaceAll(/^/gm, '  ');
  const variables = [...yaml.matchAll(/\$\{env:(\w+)/g)].map(([, name]) => [name!, 'value']);
  const options = { environment: Object.fromEntries(variables), unset: 'error' } as const;
  const document = loadTexts([{ file: 'example.yaml', text: `component:\n${indented}\n` }], options);
  const { value, faults } = check(definition.config, document, ['component']);
  return { value, faults: [...document.faults, ...faults] };
}

function* fieldsOf(schema: JsonSchema, path: string): Generator<[string, JsonSchema]> {
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    yield [`${path}${name}`, field];
    yield* fieldsOf(field, `${path}${name}.`);
    for (const branch of [field.items, ...(field.anyOf ?? [])]) if (branch) yield* fieldsOf(branch, `${path}${name}.`);
  }
}

describe('the list of components', () => {
  it('names no type of a section twice, aliases included', () => {
    const names = COMPONENTS.flatMap((one) => [one.type, ...(one.aliases ?? [])].map((type) => `${sectionOf(one)}/${type}`));
    assert.deepEqual(names, [...new Set(names)]);
  });
});

for (const definition of COMPONENTS) {
  describe(`${definition.kind} ${definition.type}`, () => {
    it('stands in a file of its type', () => {
      const stem = `src/${sectionOf(definition)}/${definition.type.replaceAll('_', '-')}`;
      assert.ok(existsSync(`${stem}.ts`) || existsSync(`${stem}/index.ts`), stem);
    });

    it('has a type in lower_snake_case and a summary of one sentence', () => {
      assert.match(definition.type, /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
      assert.match(definition.summary, /^[A-Z].*\.$/);
    });

    it('has an example that holds', () => {
      const { value, faults } = checkedYaml(definition, definition.example);
      assert.deepEqual(
        faults.filter(({ level }) => level === 'error'),
        [],
      );
      assert.ok(value);
    });

    it('refuses an unknown key', () => {
      const { faults } = checkedYaml(definition, `${definition.example}\nno_such_key: 1`);
      assert.ok(hasErrors(faults));
      assert.ok(faults.some(({ code, path }) => code === 'unknown_key' && path === 'component.no_such_key'));
    });

    it('describes every field, in lower_snake_case', () => {
      const schema = z.toJSONSchema(definition.config, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
      for (const [path, field] of fieldsOf(schema, '')) {
        assert.match(path.split('.').at(-1)!, /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/, path);
        assert.ok(field.description, `${path} has no description`);
      }
    });

    it('says which authenticator it names, in every place where it can', () => {
      const schema = z.toJSONSchema(definition.config, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
      const places = [...fieldsOf(schema, '')].flatMap(([path]) => (path.endsWith('auth.authenticator') ? [path] : []));
      for (const path of places) {
        const document = parseDocument(definition.example);
        document.setIn(path.split('.'), 'who');
        const { value } = checkedYaml(definition, String(document));
        assert.deepEqual(definition.authenticator?.(value as Record<string, unknown>), { path, id: 'who' });
      }
    });

    it('is created without opening anything', () => {
      const { value } = checkedYaml(definition, definition.example);
      const before = process.getActiveResourcesInfo();
      create(definition, value as Record<string, unknown>);
      assert.deepEqual(process.getActiveResourcesInfo(), before);
    });
  });
}

const HEALTH: Health = { state: 'ok', ready: true, startedMs: 0, components: [], pipelines: new Map() };

function create(definition: Definition, config: Record<string, unknown>): void {
  const diagnostics = { count() {}, record() {} };
  const silent = () => {};
  const logger = { error: silent, warn: silent, info: silent, debug: silent, show: silent };
  const context = { id: definition.type, logger, now: () => 0, fail: silent, diagnostics };
  switch (definition.kind) {
    case 'receiver':
      definition.create(
        config,
        { signals: new Set(), consume: async () => ({ rejected: 0, reason: '' }) },
        { ...context, budget: { admit: () => true, release: silent } },
      );
      break;
    case 'processor':
    case 'connector':
      definition.create(config, diagnostics);
      break;
    case 'exporter':
      definition.create(config as never, context);
      break;
    case 'pull_exporter':
      definition.create(config, () => [], context);
      break;
    case 'extension':
      definition.create(config, { ...context, health: () => HEALTH });
      break;
  }
}
