/** `components`: every component type that is built in. */
import { Option } from 'commander';
import { COMPONENTS } from '../components.ts';
import { NOUN_OF_SECTION, SECTIONS, sectionOf } from '../graph/sections.ts';
import { EXIT } from './host.ts';
import type { Verb } from './verb.ts';

export const componentsVerb: Verb<Readonly<{ json: boolean }>> = {
  name: 'components',
  summary: 'List every component type that is built in.',
  options: [() => new Option('--json', 'as JSON').default(false)],
  example: 'spanmeter components',
  async execute({ json }, { stdout }) {
    const rows = SECTIONS.flatMap((section) =>
      COMPONENTS.filter((definition) => sectionOf(definition) === section).map(({ type, aliases = [], summary }) => ({
        kind: NOUN_OF_SECTION[section],
        type,
        aliases,
        summary,
      })),
    );
    stdout.write(json ? `${JSON.stringify(rows, null, 2)}\n` : table(rows));
    return EXIT.ok;
  },
};

type Row = Readonly<{ kind: string; type: string; aliases: readonly string[]; summary: string }>;

function table(rows: readonly Row[]): string {
  const cells = rows.map(({ kind, type, aliases, summary }) => {
    return { kind, names: aliases.length === 0 ? type : `${type} (${aliases.join(', ')})`, summary };
  });
  const kindWidth = Math.max(...cells.map(({ kind }) => kind.length));
  const namesWidth = Math.max(...cells.map(({ names }) => names.length));
  return cells.map(({ kind, names, summary }) => `${kind.padEnd(kindWidth)}  ${names.padEnd(namesWidth)}  ${summary}\n`).join('');
}
