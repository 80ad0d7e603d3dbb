/** Keeps apart the spans that are being written, by their keys: a copy that comes meanwhile has to wait for them. */

/** A span that `owner` brings to these pipelines. */
export type PendingSpan<Owner> = {
  readonly owner: Owner;
  readonly hash: number;
  readonly words: readonly number[];
  pipelines: number;
  /** Another one with the same hash. */
  next: PendingSpan<Owner> | undefined;
};

/**
 * By hashes and not by texts of ids: those would have to be made for every span. What stood in the map once is cleared away
 * late, and so is all that it leads to: an owner should be small.
 */
export class PendingSpans<Owner> {
  readonly #firstByHash = new Map<number, PendingSpan<Owner>>();

  /** All of them with this hash, whatever their key. */
  first(hash: number): PendingSpan<Owner> | undefined {
    return this.#firstByHash.get(hash);
  }

  add(key: Uint32Array, hash: number, owner: Owner, pipelines: number): PendingSpan<Owner> {
    const pending = { owner, hash, words: signedWords(key), pipelines, next: this.#firstByHash.get(hash) };
    this.#firstByHash.set(hash, pending);
    return pending;
  }

  /** The second time it is not there. */
  remove(pending: PendingSpan<Owner>): void {
    const { hash, next } = pending;
    const first = this.#firstByHash.get(hash);
    if (first === pending) {
      if (next === undefined) this.#firstByHash.delete(hash);
      else this.#firstByHash.set(hash, next);
      return;
    }
    let before = first;
    while (before !== undefined && before.next !== pending) before = before.next;
    if (before !== undefined) before.next = next;
  }

  /** Takes these pipelines from every span. */
  forget(pipelines: number): void {
    for (const first of this.#firstByHash.values()) {
      for (let one: PendingSpan<Owner> | undefined = first; one !== undefined; one = one.next) one.pipelines &= ~pipelines;
    }
  }
}

export function isOf({ words }: PendingSpan<unknown>, key: Uint32Array): boolean {
  for (let word = 0; word < words.length; word++) if (words[word] !== ((key[word] ?? 0) | 0)) return false;
  return true;
}

/** Signed, they take no memory of their own. */
function signedWords(key: Uint32Array): readonly number[] {
  const words: number[] = [];
  for (let word = 0; word < key.length; word++) words.push((key[word] ?? 0) | 0);
  return words;
}
