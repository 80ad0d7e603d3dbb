/** What the pages tell people to write and to run is what the program takes. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { VERBS } from '../src/cli/verbs.ts';
import { COMPONENTS } from '../src/components.ts';
import { loadTexts } from '../src/config/load.ts';
import { plan } from '../src/graph/plan.ts';
import { ROOT } from './helpers/daemon.ts';

const PAGES = globSync(['*.md', 'docs/**/*.md', 'bench/*.md'], { cwd: ROOT })
  .sort()
  .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
const { scripts }: { scripts: Readonly<Record<string, string>> } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
/** A part of a config says nothing about what is missing in it. */
const OF_THE_WHOLE = new Set(['missing_key', 'unused', 'unknown_id']);
const OF_PROMETHEUS = new Set(['scrape_configs', 'rule_files']);

describe('the pages', () => {
  it('are there', () => assert.ok(PAGES.length > 5));

  for (const { path, text } of PAGES) {
    // The examples of the reference are those of the definitions, which have a suite of their own.
    for (const [index, block] of path.startsWith('docs/reference/') ? [] : blocksOf(text, 'yaml').entries()) {
      it(`hold a config that is taken: ${path}, block ${index + 1}`, () => {
        const keys = Object.keys(parse(block) ?? {});
        if (keys.some((key) => OF_PROMETHEUS.has(key))) return;
        const document = loadTexts([{ file: path, text: block }], { environment: {}, workingDirectory: ROOT, unset: 'warning' });
        const faults = plan(document, COMPONENTS).faults.filter(({ level }) => level === 'error');
        const whole = keys.includes('service') && keys.includes('receivers');
        assert.deepEqual(
          faults.filter(({ code }) => whole || !OF_THE_WHOLE.has(code)).map(({ message }) => message),
          [],
        );
      });
    }

    it(`name scripts and commands that exist: ${path}`, () => {
      const commands = [...blocksOf(text, 'sh'), ...[...text.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code)].join('\n');
      for (const [, script = ''] of commands.matchAll(/\bnpm run (?:-s )?([\w:-]+)/g))
        assert.ok(script in scripts, `npm run ${script}`);
      for (const [, verb = ''] of commands.matchAll(
        /(?:^|npx |npm run (?:-s )?)spanmeter(?: --)? ([a-z][a-z-]+(?: [a-z][a-z-]+)?)/gm,
      ))
        assert.ok(
          VERBS.some(({ name }) => `${verb} `.startsWith(`${name} `)),
          `spanmeter ${verb}`,
        );
    });

    it(`link to files that exist: ${path}`, () => {
      const targets = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, target = '']) => target);
      for (const target of targets) assert.ok(existsSync(join(ROOT, dirname(path), target)), target);
    });
  }
});

function blocksOf(text: string, language: string): readonly string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, block = '']) => block);
}
