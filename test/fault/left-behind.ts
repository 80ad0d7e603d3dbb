/** What a run has made and must not leave behind: undone when it is done with, or with the process, however that ends. */
// Its processes end before their folders go: handlers run in the order in which they came.
import '../helpers/children.ts';

const undos = new Set<() => void>();

process.on('exit', () => {
  for (const undo of [...undos].reverse()) {
    try {
      undo();
    } catch (error) {
      console.error(error); // the others still have to go
    }
  }
});

/** What is returned does it now, once. */
export function atLatestAtExit(undo: () => void): () => void {
  undos.add(undo);
  return () => {
    if (undos.delete(undo)) undo();
  };
}
