/** Finds what belongs to an attribute key, by its length and three of its letters: a map would first read all of every key that comes. */

type Slot<V> = readonly Readonly<{ key: string; value: V }>[];

const SLOTS = 1024;

export class KeyTable<V> {
  readonly #slots: readonly (Slot<V> | undefined)[];

  constructor(valueByKey: ReadonlyMap<string, V>) {
    const slots = Array.from<unknown, { key: string; value: V }[] | undefined>({ length: SLOTS }, () => undefined);
    for (const [key, value] of valueByKey) {
      const slot = slotOf(key);
      slots[slot] = [...(slots[slot] ?? []), { key, value }];
    }
    this.#slots = slots;
  }

  get(key: string): V | undefined {
    const slot = this.#slots[slotOf(key)];
    if (slot === undefined) return undefined;
    for (const known of slot) if (known.key === key) return known.value;
    return undefined;
  }
}

function slotOf(key: string): number {
  const { length } = key;
  if (length === 0) return 0;
  const last = key.charCodeAt(length - 1);
  return (length * 37 + key.charCodeAt(length >> 1) * 61 + key.charCodeAt((length * 3) >> 2) * 17 + last * 7) & (SLOTS - 1);
}
