/** `dead-letters list`, `show`, `replay`, `purge`: what destinations have refused for good. */
import { Option } from 'commander';
import { printable } from '../data/printable.ts';
import { decodeTraces, encodeTraces } from '../otlp/codec.ts';
import { type DataOptions, dataOptions, json, withData } from './data.ts';
import { EXIT, type Output } from './host.ts';
import type { Asked, JournalFiles, LetterChoice, LetterLine, LetterText } from './journal-files.ts';
import { sizeText, table, timeText } from './table.ts';
import type { Verb } from './verb.ts';

type ListOptions = DataOptions & Readonly<{ exporter?: string }>;
type ChoiceOptions = ListOptions & Readonly<{ operands: readonly string[]; all: boolean }>;
type ShowOptions = DataOptions & Readonly<{ operands: readonly string[] }>;

const exporterOption = () => new Option('--exporter <id>', 'only those of this exporter');
const allOption = () => new Option('--all', 'every letter, or every one of the exporter').default(false);

const listVerb: Verb<ListOptions> = {
  name: 'dead-letters list',
  summary: 'List what destinations have refused for good, and why.',
  options: [...dataOptions, exporterOption],
  example: 'spanmeter dead-letters list --exporter otlp_http/tempo',
  execute: (options, host) =>
    withData(options, host, async (files) => {
      const letters = await files.letters({ exporter: options.exporter, ids: [] });
      host.stdout.write(options.json ? json(letters) : lettersText(letters));
      const damaged = await files.damagedLetters(options.exporter);
      const remedy = 'see "spanmeter journal verify"';
      for (const file of damaged) host.stderr.write(`dead letters in ${file} are damaged and cannot be listed; ${remedy}\n`);
      return damaged.length === 0 ? EXIT.ok : EXIT.data;
    }),
};

const showVerb: Verb<ShowOptions> = {
  name: 'dead-letters show',
  summary: 'Print dead letters as they were to be sent, as OTLP/JSON; they hold what people wrote.',
  operands: '<id...>',
  options: dataOptions,
  example: 'spanmeter dead-letters show 1795277102118',
  execute: (options, host) =>
    withData(options, host, async (files) => {
      let exitCode: number = EXIT.ok;
      for (const id of options.operands) {
        const found = await files.letter(id);
        if (found !== undefined) host.stdout.write(`${bodyText(found, host.stdout)}\n`);
        else {
          host.stderr.write(`there is no dead letter ${JSON.stringify(id)}\n`);
          exitCode = EXIT.failure;
        }
      }
      return exitCode;
    }),
};

const SEVERAL = {
  replay: {
    summary: 'Have the daemon, or the next one, send dead letters to their destination once more; they are not counted again.',
    done: 'sent again',
    running: 'are being sent again by the daemon; its log tells',
    waiting: 'will be sent again when a daemon starts; none has this data directory open',
  },
  purge: {
    summary: 'Delete dead letters, also beside a running daemon.',
    done: 'deleted',
    running: 'will be deleted by the daemon, which has not got round to it',
    waiting: 'will be deleted when a daemon starts',
  },
} as const;

function several(act: keyof typeof SEVERAL): Verb<ChoiceOptions> {
  const { summary, ...told } = SEVERAL[act];
  return {
    name: `dead-letters ${act}`,
    summary,
    operands: '[id...]',
    options: [...dataOptions, exporterOption, allOption],
    example: `spanmeter dead-letters ${act} --exporter otlp_http/tempo --all`,
    async execute(options, host) {
      const { operands: ids, all, exporter } = options;
      if (ids.length > 0 === all) {
        host.stderr.write('name dead letters by their ids, or all of them with --all\n');
        return EXIT.usage;
      }
      return withData(options, host, async (files) => {
        const asked = await acted(act, files, { exporter, ids });
        const missing = missingOf(options, asked.letters);
        host.stdout.write(options.json ? json(asked) : askedText(asked, told));
        for (const what of missing) host.stderr.write(`there is no dead letter ${what}\n`);
        return missing.length === 0 ? EXIT.ok : EXIT.failure;
      });
    },
  };
}

export const deadLetterVerbs: readonly Verb[] = [listVerb, showVerb, several('replay'), several('purge')];

function acted(act: keyof typeof SEVERAL, files: JournalFiles, choice: LetterChoice): Promise<Asked> {
  switch (act) {
    case 'replay':
      return files.replay(choice);
    case 'purge':
      return files.purge(choice);
  }
}

function askedText({ letters, state }: Asked, told: Readonly<Record<Asked['state'], string>>): string {
  return letters.length === 0 ? 'there are no dead letters\n' : `${lettersText(letters)}${letters.length} ${told[state]}\n`;
}

/** What was named and is not there: it may be a slip of the pen. */
function missingOf({ operands: ids, exporter }: ChoiceOptions, letters: readonly LetterLine[]): readonly string[] {
  if (ids.length > 0) return ids.filter((id) => letters.every((letter) => letter.id !== id)).map((id) => JSON.stringify(id));
  return letters.length > 0 || exporter === undefined ? [] : [`of exporter ${JSON.stringify(exporter)}`];
}

/** As it was, except where a person would see it before a program does. */
function bodyText({ encoding, body }: LetterText, { isTerminal }: Output): string {
  const bytes = encoding === 'json' ? body : encodeTraces(decodeTraces({ encoding, bytes: body }).batch, 'json').bytes;
  const text = Buffer.from(bytes).toString();
  return isTerminal ? printable(text) : text;
}

function lettersText(letters: readonly LetterLine[]): string {
  return table(
    ['id', 'exporter', 'time', 'spans', 'size', 'reason'],
    letters.map(({ id, exporter, timeMs, spans, bytes, reason }) => {
      return [id, exporter, timeText(timeMs), spans, sizeText(bytes), reason];
    }),
  );
}
