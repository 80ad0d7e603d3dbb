/** Lays one file over another: maps merge, everything else is replaced by the later. */
import type { MapEntry, Node } from './document.ts';

export function mergeNodes(earlier: Node, later: Node): Node {
  if (earlier.kind !== 'map' || later.kind !== 'map') return later;
  const entries = new Map<string, MapEntry>(earlier.entries);
  for (const [key, entry] of later.entries) {
    const before = earlier.entries.get(key)?.value;
    entries.set(key, before === undefined ? entry : { ...entry, value: mergeNodes(before, entry.value) });
  }
  return { ...later, entries };
}
