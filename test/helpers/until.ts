/** Waits for something that a socket, a timer or another process brings about. */
import { setTimeout as pause } from 'node:timers/promises';

/** Looks often at first, and then at moments that cost little beside the waiting: what it waits for needs the processor too. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, timeoutMs = 30_000): Promise<void> {
  const began = performance.now();
  while (!(await holds())) {
    const waitedMs = performance.now() - began;
    if (waitedMs > timeoutMs) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await pause(Math.min(Math.max(2, waitedMs / 16), 50));
  }
}
