/** `journal inspect`, `journal verify`, `journal repair`: what is on the disk, whether it is whole, and how to go on where it is not. */
import { Option } from 'commander';
import type { Damage } from '../journal/examine.ts';
import type { JournalContents } from '../journal/inspect.ts';
import type { Verified } from '../journal/verify.ts';
import { type DataOptions, dataOptions, json, withData } from './data.ts';
import { EXIT, type Output } from './host.ts';
import { sizeText, table, timeText } from './table.ts';
import type { Verb } from './verb.ts';

type RepairOptions = DataOptions & Readonly<{ acceptLoss: boolean }>;

const inspectVerb: Verb<DataOptions> = {
  name: 'journal inspect',
  summary: 'Show segments, snapshots, and what waits for each exporter; also beside a running daemon.',
  options: dataOptions,
  example: 'spanmeter journal inspect --data-dir /var/lib/spanmeter',
  execute: (options, host) =>
    withData(options, host, async (files) => {
      const contents = await files.inspect();
      host.stdout.write(options.json ? json(contents) : contentsText(contents));
      return EXIT.ok;
    }),
};
const verifyVerb: Verb<DataOptions> = {
  name: 'journal verify',
  summary: 'Read every record and check it; changes nothing. Ends with 65 where acknowledged data is damaged.',
  options: dataOptions,
  example: 'spanmeter journal verify --data-dir /var/lib/spanmeter',
  execute: (options, host) =>
    withData(options, host, async (files) => {
      const verified = await files.verify();
      const { records, bytes, damages } = verified;
      const summary = `${verified.files} files, ${records} records, ${sizeText(bytes)}: ${damages.length === 0 ? 'whole' : 'damaged'}\n`;
      host.stdout.write(options.json ? json(verified) : `${damagesText(damages)}${summary}`);
      return damages.every(({ kind }) => kind === 'torn') ? EXIT.ok : EXIT.data;
    }),
};
const repairVerb: Verb<RepairOptions> = {
  name: 'journal repair',
  summary: 'Give up what is damaged, so that a daemon that ended with 65 can start; says what is lost.',
  options: [...dataOptions, () => new Option('--accept-loss', 'yes, give it up').default(false)],
  example: 'spanmeter journal repair --accept-loss --data-dir /var/lib/spanmeter',
  execute: (options, host) =>
    withData(options, host, async (files) => {
      if (!options.acceptLoss) return await whatWouldGo(await files.verify(), host.stderr);
      const damages = await files.repair();
      host.stdout.write(options.json ? json({ damages }) : `${damagesText(damages)}${lossText(damages)}`);
      return EXIT.ok;
    }),
};

export const journalVerbs: readonly Verb[] = [inspectVerb, verifyVerb, repairVerb];

async function whatWouldGo({ damages }: Verified, stderr: Output): Promise<number> {
  stderr.write(`${damagesText(damages)}nothing was changed: what is damaged is given up with --accept-loss alone\n`);
  return EXIT.usage;
}

function contentsText({ segments, snapshots, cursors, quarantined }: JournalContents): string {
  const oldestMs = segments.find((segment) => segment.oldestMs !== undefined)?.oldestMs;
  const bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
  const parts = [
    `${segments.length} segments, ${sizeText(bytes)}, oldest record ${timeText(oldestMs) ?? '-'}\n`,
    table(
      ['segment', 'first', 'last', 'records', 'size', 'oldest', 'newest'],
      segments.map(({ file, firstSeq, lastSeq, records, bytes: size, oldestMs: from, newestMs: to }) => {
        return [file, firstSeq, lastSeq, records, sizeText(size), timeText(from), timeText(to)];
      }),
    ),
    table(
      ['snapshot', 'at', 'size', ''],
      snapshots.map(({ file, seq, bytes: size, whole }) => [file, seq, sizeText(size), whole ? '' : 'damaged']),
    ),
    table(
      ['exporter', 'settled', 'waiting', 'spans', 'size', 'oldest'],
      cursors.map(({ exporter, seq, waiting }) => {
        return [exporter, seq, waiting.records, waiting.spans, sizeText(waiting.bytes), timeText(waiting.oldestMs)];
      }),
    ),
    table(
      ['in quarantine', 'size'],
      quarantined.map(({ file, bytes: size }) => [file, sizeText(size)]),
    ),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

function damagesText(damages: readonly Damage[]): string {
  const rows = damages.map(({ file, offset, bytes, records, kind }) => [file, offset, bytes, records, MEANING[kind]]);
  return table(['file', 'offset', 'bytes', 'records', 'damage'], rows);
}

/** Records are known by their numbers, unless nothing of a file can be read. */
function lossText(damages: readonly Damage[]): string {
  if (damages.length === 0) return 'nothing was damaged\n';
  const records = damages.reduce((sum, damage) => sum + (damage.records ?? 0), 0);
  const more = damages.some((damage) => damage.records === undefined) ? ', and what nobody can tell of the others' : '';
  const bytes = damages.reduce((sum, damage) => sum + damage.bytes, 0);
  return `given up: ${records} records${more}; ${sizeText(bytes)} were damaged and are kept in quarantine\n`;
}

const MEANING: Readonly<Record<Damage['kind'], string>> = {
  torn: 'torn tail: nothing acknowledged',
  corrupt: 'corrupt: was acknowledged',
  missing: 'missing: was acknowledged',
};
