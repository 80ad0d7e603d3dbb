/** Gives all pages that are being written their turns, one after the other and with time between them for requests. */
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * As long as a turn: what a request waits for happens in several turns of the event loop and in threads that may have
 * to share its core, and none of that would come about in time next to a page that always goes on at once.
 */
const PAUSE_MS = 2;

let last = Promise.resolve();

/** Resolves when no other page has its turn: many scrapes at once take longer, and no request waits for them all. */
export function turnOfPages(): Promise<void> {
  last = last.then(() => sleep(PAUSE_MS));
  return last;
}
