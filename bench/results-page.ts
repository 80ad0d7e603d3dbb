/** The pages that keep the newest figures, with all that is needed to get them again. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { markdown } from './figures.ts';
import { SENDER } from './load.ts';
import { PINNED } from './programs.ts';
import type { Report, Target } from './section.ts';

/** Above it others took a part of the cores, whoever was pinned to them. */
const QUIET = 0.5;
const RESULTS = new URL('results.md', import.meta.url);
const EXPLANATION = new URL('../docs/explanation/performance.md', import.meta.url);
/** What stands between them is written here. */
const MARKS = ['<!-- targets -->', '<!-- end of targets -->'] as const;

export function targetsTable(targets: readonly Target[]): string {
  const rows = targets
    .toSorted((a, b) => a.number - b.number)
    .map(({ number, measure, value, target, met }) => [String(number), measure, value, target, met ? 'met' : '**not met**']);
  return markdown(['#', 'measure', 'value', 'target', ''], rows);
}

/** `loadBefore`: how many processes wanted a core before the run began. */
export function writeResults(reports: readonly Report[], loadBefore: number): void {
  const targets = `${runText(reports, loadBefore)}\n\n${targetsTable(reports.flatMap((report) => report.targets))}`;
  const sections = reports.map(({ title, made, text }) => `## ${title}\n\n${made}.\n\n${text}`).join('\n\n');
  writeFileSync(RESULTS, `# Results\n\n${LEGEND}\n\n## Targets\n\n${targets}\n\n${sections}\n`);
  const [before = '', rest = ''] = readFileSync(EXPLANATION, 'utf8').split(MARKS[0]);
  const [, after = ''] = rest.split(MARKS[1]);
  writeFileSync(EXPLANATION, `${before}${MARKS[0]}\n${targets}\n${MARKS[1]}${after}`);
}

function runText(reports: readonly Report[], loadBefore: number): string {
  const commit = execFileSync('git', ['describe', '--always', '--dirty', '--abbrev=12'], { encoding: 'utf8' }).trim();
  const cores = PINNED ? 'what is measured on one core, sender and destination on another' : 'not pinned to cores';
  const machine = `${cpus().length} × ${cpus()[0]?.model}, Linux ${release()}, Node ${process.versions.node}`;
  const load = `load average before ${loadBefore.toFixed(1)}${loadBefore > QUIET ? ': others were at work on it' : ''}`;
  return `\`npm run bench:peers -- --write\` at ${commit}: ${machine}; ${cores}; ${load}. Sent by ${SENDER}. ${reports.map(({ title, made }) => `${title}: ${made}.`).join(' ')}`;
}

const LEGEND = `Cells are the median of the rounds, where they have brackets with the lowest and highest. Ratios are made round by round and are what carries over to
another machine. CPU is user and system time of all threads per request, what is sent on later included; \`delivered/s\` is
requests/s until the destination has everything; \`written\` is what the system was given to write to disk, per request. How the
figures are made: [performance](../docs/explanation/performance.md).`;
