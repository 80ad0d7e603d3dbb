/** Makes the config of one component from YAML, as a file would. */
import type { z } from 'zod';
import { check } from '../../src/config/check.ts';
import { loadTexts } from '../../src/config/load.ts';
import { renderFaults } from '../../src/config/render.ts';
import { type Fault, hasErrors } from '../../src/config/report.ts';

export function faultsOf(schema: z.ZodObject, yaml: string): readonly Fault[] {
  return checked(schema, yaml).faults;
}

/** What a person reads. */
export function reportOf(schema: z.ZodObject, yaml: string): string {
  const { faults, document } = checked(schema, yaml);
  return renderFaults(faults, document);
}

export function configOf<C extends z.ZodObject>(schema: C, yaml: string): z.output<C> {
  const { value, faults } = checked(schema, yaml);
  if (value === undefined || hasErrors(faults))
    throw new Error(faults.map(({ path, message }) => `${path}: ${message}`).join('\n'));
  return value;
}

function checked<C extends z.ZodObject>(schema: C, yaml: string) {
  const text = `component:\n${yaml.replaceAll(/^/gm, '  ')}\n`;
  const document = loadTexts([{ file: 'test.yaml', text }], { environment: {}, unset: 'error' });
  const { value, faults } = check(schema, document, ['component']);
  return { value, document, faults: [...document.faults, ...faults] };
}
