/**
 * Measures the daemon beside a real Collector and bare servers: `npm run bench:peers`.
 *
 *   --only requests      one section, or several with commas
 *   --body "2 KB"        one body, or several with commas
 *   --program durable,fsync   of the section "requests" these alone: the keys of NAMES in request-contestants.ts
 *   --profile folder     CPU profiles of the daemon, a file for each
 *   --rounds 5 --seconds 2 --connections 64
 *   --quick              in a minute: that everything is counted and sent on, not how fast
 *   --bare               without a Collector
 *   --write              keep all tables: bench/results.md, docs/explanation/performance.md
 */
import { execFileSync } from 'node:child_process';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { BODIES, bodyOf } from './bodies.ts';
import { collectorProgram } from './contestants.ts';
import { drain } from './drain.ts';
import { growth } from './growth.ts';
import { SENDER } from './load.ts';
import { pinSelf } from './programs.ts';
import { requests } from './requests.ts';
import { targetsTable, writeResults } from './results-page.ts';
import { scrape } from './scrape.ts';
import type { Report, Section, Settings } from './section.ts';
import { start } from './start.ts';

const ROOT = new URL('..', import.meta.url);
const SECTIONS: Readonly<Record<string, Section>> = { requests, scrape, start, drain, growth };

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    body: { type: 'string' },
    program: { type: 'string' },
    profile: { type: 'string' },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    connections: { type: 'string', default: '64' },
    quick: { type: 'boolean', default: false },
    bare: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});
const settings: Settings = {
  rounds: Number(options.rounds ?? (options.quick ? 1 : 5)),
  seconds: Number(options.seconds ?? (options.quick ? 0.5 : 2)),
  warmUpSeconds: options.quick ? 0.2 : 6, // V8 compiles anew during the first twenty thousand requests
  connections: Number(options.connections),
  bodies: options.body === undefined ? BODIES : options.body.split(',').map((name) => bodyOf(name.trim())),
  collector: options.bare ? undefined : await collectorProgram(),
  only: options.program?.split(','),
  profile: options.profile,
  quick: options.quick,
};

if (options.write && options.only !== undefined)
  throw new Error('cannot write the results of a part: --write needs every section');

const [loadBefore = 0] = loadavg();
execFileSync('npm', ['run', '-s', 'build'], { cwd: ROOT, stdio: 'inherit' });
pinSelf();
const names = options.only?.split(',') ?? Object.keys(SECTIONS);
const reports: Report[] = [];
for (const name of names) {
  const section = SECTIONS[name];
  if (section === undefined) throw new Error(`no section "${name}": there are ${Object.keys(SECTIONS).join(', ')}`);
  const report = await section(settings);
  reports.push(report);
  console.log(`## ${report.title}\n\n${report.text}\n`);
}
if (!options.quick) console.log(targetsTable(reports.flatMap(({ targets }) => targets)));
console.error(`sent by ${SENDER}; load average before: ${loadBefore.toFixed(1)}`);
if (options.write) writeResults(reports, loadBefore);
