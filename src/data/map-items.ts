/** Maps a list and gives the list itself back when nothing changed, so that what is untouched is recognised as untouched. */
export function mapItems<T>(items: readonly T[], change: (item: T) => T): readonly T[] {
  const changed = items.map(change);
  return changed.every((item, index) => item === items[index]) ? items : changed;
}
