/** The daemon, held before its first step until the one thread that works on its files is known to who wants to disturb it. */
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
// Loaded here, so that the thread does nothing afterwards but the daemon's own work.
import '../../src/cli/program.ts';

await stat('.'); // the thread begins with the first work for it; UV_THREADPOOL_SIZE=1 keeps it alone
const worker = readdirSync('/proc/self/task').find((task) =>
  readFileSync(`/proc/self/task/${task}/comm`, 'utf8').startsWith('libuv-worker'),
);
const opened = once(process, 'SIGUSR2');
process.stderr.write(`file thread ${worker}\n`);
const open = setInterval(() => undefined, 1_000); // a signal alone keeps no process
await opened;
clearInterval(open);
await import('../../src/main.ts');
