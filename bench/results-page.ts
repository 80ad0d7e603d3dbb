/** The page that keeps the newest table, with all that is needed to get it again. */
import { execFileSync } from 'node:child_process';
import { cpus, release } from 'node:os';
import { PINNED } from './programs.ts';
import type { Settings } from './side-by-side.ts';

/** Above it others took a part of the cores, whoever was pinned to them. */
const QUIET = 0.5;
const BUSY = ' Others were at work on it, so the figures are not those of a quiet machine.';

/** `loadBefore`: how many processes wanted a core before the run began. */
export function resultsPage(table: string, { rounds, seconds, connections }: Settings, loadBefore: number): string {
  const commit = execFileSync('git', ['describe', '--always', '--dirty', '--abbrev=12'], { encoding: 'utf8' }).trim();
  const pinned = PINNED ? 'the measured programs pinned to one core, sender and destination to another' : 'not pinned to cores';
  const machine = `${cpus().length} × ${cpus()[0]?.model}, Linux ${release()}, Node ${process.versions.node}; ${pinned}`;
  return `# Results

\`npm run bench -- --write\` at ${commit}: ${machine}. ${rounds} rounds of ${seconds} s, ${connections} connections.

Load average of the machine before the run: ${loadBefore.toFixed(1)}.${loadBefore > QUIET ? BUSY : ''}

Cells are the median of the rounds, and the lowest and highest. Ratios are made round by round, and are what carries over to
another machine. CPU is user and system time of all threads over the requests, what is sent on and compressed included.

${table}

- **spanmeter**: token, dedupe, counters of \`genai\` with a page to scrape, every span sent on compressed to a server beside it.
- **node:http + JSON.parse**: reads the body, parses it, answers; nothing is kept or sent on.
- **Core busy**: below 100 % something else set the pace, and the program could do more requests/s than it shows.
- **Bodies**: OpenRouter's shape with prose and code as prompts; fresh ids in each, so that nothing is a copy.
- After the rounds the metrics page must show every request and the cost to its last digit, or the run fails.
`;
}
