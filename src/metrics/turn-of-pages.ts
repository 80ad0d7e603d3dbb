/** Gives all pages that are being written their turns, one after the other and with time between them for requests. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Longest turn of a page. */
export const TURN_MS = 2;
/**
 * As long as a turn: what a request waits for happens in several turns of the event loop and in threads that may have
 * to share its core, and none of that would come about in time next to pages that always go on at once.
 */
const PAUSE_MS = TURN_MS;

let last = Promise.resolve();
let beganMs = Number.NEGATIVE_INFINITY;

/** Resolves when no other page has its turn: many scrapes at once take longer, and no request waits for them all. */
export function turnOfPages(): Promise<void> {
  last = last.then(beginTurn);
  return last;
}

/** Another page does not say when its turn ends: that is taken to last as long as it may. */
async function beginTurn(): Promise<void> {
  await sleep(Math.max(PAUSE_MS, beganMs + TURN_MS + PAUSE_MS - performance.now()));
  beganMs = performance.now();
}
