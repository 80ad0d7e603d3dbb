/** Feeds one target damaged bytes for a while, as a process of its own: it may be hung or out of memory by them. */
import { Mutator } from './mutator.ts';
import { TARGETS } from './targets.ts';

/** From the process that watches over this one. */
export type Order = Readonly<{ target: keyof typeof TARGETS; seed: number; seconds: number; from: number }>;
export type Report =
  | Readonly<{ kind: 'progress'; nth: number }>
  | Readonly<{ kind: 'done'; cases: number; taken: number; worstMs: number }>
  | Readonly<{ kind: 'fault'; nth: number; what: string; bytes: string }>;

/** Of one body; beside other processes some more. */
const MAX_MS = 200;
/** The clock of a busy machine may jump: what is slow is tried again. */
const TRIES = 3;
const REPORT_EVERY = 64;

const order: Order = JSON.parse(process.argv[2] ?? '{}');
const target = TARGETS[order.target]();
const deadlineMs = performance.now() + order.seconds * 1000;
let taken = 0;
let worstMs = 0;
let cases = 0;

async function timed(bytes: Uint8Array): Promise<number> {
  const beganMs = performance.now();
  if (await target.read(bytes)) taken += 1;
  return performance.now() - beganMs;
}

async function tryCase(nth: number): Promise<void> {
  // Each has a seed of its own, so that one can be tried without those before it.
  const bytes = new Mutator(order.seed + nth * 7919).mutate(target.corpus);
  try {
    let tookMs = await timed(bytes);
    for (let again = 1; again < TRIES && tookMs > MAX_MS; again += 1) tookMs = Math.min(tookMs, await timed(bytes));
    worstMs = Math.max(worstMs, tookMs);
    if (tookMs > MAX_MS) throw new Error(`took ${tookMs.toFixed(0)} ms`);
  } catch (error) {
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    report({ kind: 'fault', nth, what, bytes: Buffer.from(bytes).toString('base64') });
    process.exit(1);
  }
}

function report(said: Report): void {
  process.send?.(said);
}

for (let nth = order.from; performance.now() < deadlineMs; nth += 1) {
  if ((nth - order.from) % REPORT_EVERY === 0) report({ kind: 'progress', nth });
  await tryCase(nth);
  cases += 1;
}
report({ kind: 'done', cases, taken, worstMs });
process.disconnect?.();
