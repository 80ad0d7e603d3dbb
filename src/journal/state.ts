/** All that is made from the log and can be made from it again: folds, dedupe window, cursors, holdings; and its form in a snapshot. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { z } from 'zod';
import type { Claims } from './claims.ts';
import type { Cursors } from './cursors.ts';
import type { FoldReplay } from './fold-replay.ts';
import type { Folds, FrozenFold, SavedFolds } from './folds.ts';
import { Holdings } from './holdings.ts';
import { pack, unpack } from './packed-list.ts';
import type { Section, Snapshot } from './snapshot-file.ts';

export type State = Readonly<{ folds: Folds; claims: Claims; cursors: Cursors; holdings: Holdings }>;

const CURSORS = 'cursors';
const FROZEN = 'frozen';
const DEDUPE = 'dedupe';
const FOLDS = 'folds:';

const FoldValue = z.tuple([z.string(), z.string()]);
const FrozenValue = z.tuple([z.string(), z.number()]);
const CursorsHead = z.number();

/** Each section as of the record that is the newest when it is asked for. */
export function* sectionsOf(
  { folds, claims, cursors, holdings }: State,
  folded: () => number,
  timeMs: () => number,
): Generator<Section> {
  const at = (name: string, parts: Section['parts']) => ({ name, position: folded(), parts });
  const waiting = [
    { value: timeMs(), blob: cursors.save() },
    { value: null, blob: holdings.save() },
  ];
  yield at(CURSORS, pack(waiting));
  yield at(FROZEN, pack(folds.frozen.map(({ key, sinceMs, saved }) => ({ value: [key, sinceMs], blob: saved }))));
  for (const connector of folds.connectors) {
    yield at(FOLDS + connector, packLater(folds.capture(connector)));
  }
  yield at(DEDUPE, claims.saveParts());
}

/** One part per turn of the loop. */
async function packLater({ folds }: SavedFolds<Iterable<Uint8Array>>): Promise<readonly Uint8Array[]> {
  const packed: { value: unknown; blob: Uint8Array }[] = [];
  for (const { id, fingerprint, saved } of folds) {
    const parts: Uint8Array[] = [];
    for (const part of saved) {
      parts.push(part);
      await nextTurn();
    }
    packed.push({ value: [id, fingerprint], blob: Buffer.concat(parts) });
  }
  return pack(packed);
}

/** Up to which record each part of the state was when the snapshot was made, and the time of the newest. */
export type Restored = Readonly<{ cursors: number; dedupe: number; timeMs: number }>;

export function restore(
  { sections }: Snapshot,
  { claims, cursors, holdings }: Omit<State, 'folds'>,
  replay: FoldReplay,
): Restored {
  const restored = { cursors: 0, dedupe: 0, timeMs: 0 };
  // The time comes with the cursors, which stand first.
  for (const { name, position, content } of sections) {
    if (name === CURSORS) {
      restored.timeMs = restoreCursors(content, cursors, holdings);
      restored.cursors = position;
    } else if (name === FROZEN) {
      replay.restoreFrozen(frozenIn(content));
    } else if (name === DEDUPE) {
      restored.dedupe = position;
      claims.load(content);
    } else if (name.startsWith(FOLDS)) {
      replay.restore({ connector: name.slice(FOLDS.length), folds: foldsIn(content) }, position, restored.timeMs);
    }
  }
  return restored;
}

/** Where the readers were when the snapshot was made, and up to which record that is. */
export function restoreCursorsAlone({ sections }: Snapshot, cursors: Cursors): number {
  const section = sections.find(({ name }) => name === CURSORS);
  if (section === undefined) return 0;
  restoreCursors(section.content, cursors, new Holdings());
  return section.position;
}

function restoreCursors(content: Buffer, cursors: Cursors, holdings: Holdings): number {
  const [head, held] = unpack(content);
  if (head === undefined || held === undefined) throw new Error('cannot load the cursors: the snapshot has none');
  cursors.load(head.blob);
  holdings.load(held.blob);
  return CursorsHead.parse(head.value);
}

function frozenIn(content: Buffer): readonly FrozenFold[] {
  return unpack(content).map(({ value, blob }) => {
    const [key, sinceMs] = FrozenValue.parse(value);
    return { key, sinceMs, saved: blob };
  });
}

function foldsIn(content: Buffer): SavedFolds['folds'] {
  return unpack(content).map(({ value, blob }) => {
    const [id, fingerprint] = FoldValue.parse(value);
    return { id, fingerprint, saved: blob };
  });
}
