/** Writes the reference pages and the JSON Schema from the definitions in the code; with --check, says which are out of date. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { COMPONENTS } from '../src/components.ts';
import { configJsonSchema } from '../src/config/json-schema.ts';
import { commandPage } from './pages/commands.ts';
import { configurationPage } from './pages/configuration.ts';
import { errorPage } from './pages/errors.ts';
import { metricPage } from './pages/metrics.ts';

const GENERATED: Readonly<Record<string, () => string>> = {
  'docs/reference/configuration.md': configurationPage,
  'docs/reference/metrics.md': metricPage,
  'docs/reference/errors.md': errorPage,
  'docs/reference/commands.md': commandPage,
  'schema.json': () => `${JSON.stringify(configJsonSchema(COMPONENTS), null, 2)}\n`,
};

const checking = process.argv.includes('--check');
const stale = Object.entries(GENERATED).filter(([path, page]) => {
  const text = page();
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return false;
  if (!checking) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return true;
});
if (checking && stale.length > 0) {
  console.error(`out of date: ${stale.map(([path]) => path).join(', ')}; run "npm run docs"`);
  process.exitCode = 1;
}
