/** Lets one of all pages that are being written go on in each turn of the event loop: many scrapes at once take longer, and no request waits for them all. */
import { setImmediate as nextTurn } from 'node:timers/promises';

let last = Promise.resolve();

/** Resolves in a turn that no other page has. */
export function turnOfPages(): Promise<void> {
  last = last.then(() => nextTurn());
  return last;
}
