/** Tells every few seconds what has come in since the last time. */
import { setTimeout as pause } from 'node:timers/promises';
import { intervalLine } from './report.ts';
import { type ByModel, since } from './tally.ts';

type Told = Readonly<{
  /** What was counted so far. */
  read: () => Promise<ByModel>;
  /** Spans forwarded so far; undefined where nobody knows. */
  forwarded: () => number | undefined;
  write: (line: string) => void;
  everySeconds: number;
}>;

/** Resolves once it is told to stop. */
export async function tell({ read, forwarded, write, everySeconds }: Told, stop: AbortSignal): Promise<void> {
  let before: ByModel = new Map();
  let spansBefore = 0;
  while (await passed(everySeconds * 1000, stop)) {
    const [now, spans] = [await read(), forwarded()];
    write(intervalLine(everySeconds, since(before, now), spans && spans - spansBefore));
    before = now;
    spansBefore = spans ?? 0;
  }
}

async function passed(ms: number, stop: AbortSignal): Promise<boolean> {
  return pause(ms, true, { signal: stop }).catch(() => false);
}
