/** Measures the daemon beside a bare server: `npm run bench`; `-- --quick` proves the counting in seconds, `-- --write` keeps the table. */
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { SIZES } from './bodies.ts';
import { resultsPage } from './results-page.ts';
import { runSideBySide, type Settings } from './side-by-side.ts';
import { type SizeResult, tableOf } from './table.ts';

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    connections: { type: 'string', default: '64' },
  },
});
const settings: Settings = {
  rounds: Number(options.rounds ?? (options.quick ? 1 : 5)),
  seconds: Number(options.seconds ?? (options.quick ? 0.5 : 5)),
  warmUpSeconds: options.quick ? 0.2 : 3,
  connections: Number(options.connections),
  countSpans: options.quick,
};

const [loadBefore = 0] = loadavg();
const results: SizeResult[] = [];
for (const size of SIZES) {
  const result = await runSideBySide(size, settings);
  console.error(`${size.name}: ${result.requests} requests sent; requests, cost and forwarded spans counted exactly`);
  results.push(result);
}
const table = tableOf(results);
console.log(table);
if (options.write) writeFileSync(new URL('results.md', import.meta.url), resultsPage(table, settings, loadBefore));
