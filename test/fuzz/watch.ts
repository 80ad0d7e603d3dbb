/** Runs the fuzzing of one target in a child process and watches over its time and memory. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Order, Report } from './child.ts';

export type Outcome = Readonly<{ cases: number; taken: number; worstMs: number; fault?: string }>;

const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url));
/** What the program needs, and 64 MiB for the bytes under test. */
const HEAP_MIB = 64 + 48;
const HUNG_MS = 10_000;

export async function fuzz(order: Order): Promise<Outcome> {
  const child = fork(CHILD, [JSON.stringify(order)], {
    execArgv: [`--max-old-space-size=${HEAP_MIB}`],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let last = order.from;
  let done: Outcome | undefined;
  let fault: string | undefined;
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const hung = () => {
    fault ??= `hangs for ${HUNG_MS} ms or more`;
    child.kill('SIGKILL');
  };
  let watchdog = setTimeout(hung, HUNG_MS);
  child.on('message', (said: Report) => {
    clearTimeout(watchdog);
    watchdog = setTimeout(hung, HUNG_MS);
    if (said.kind === 'progress') last = said.nth;
    else if (said.kind === 'done') done = said;
    else {
      last = said.nth;
      fault = `${said.what}\nbase64 ${said.bytes}`;
    }
  });
  const [code] = await new Promise<readonly [number | null]>((resolve) => child.once('close', (exit) => resolve([exit])));
  clearTimeout(watchdog);
  if (done !== undefined && fault === undefined) return done;
  fault ??= `ended with ${code}: ${stderr.slice(-2000)}`;
  return { cases: last - order.from, taken: 0, worstMs: 0, fault: `${describeCase(order, last)}\n${fault}` };
}

function describeCase({ target, seed }: Order, nth: number): string {
  return `target ${target}, seed ${seed}, at case ${nth} or soon after it; again: npm run fuzz -- --target ${target} --seed ${seed} --from ${nth}`;
}
