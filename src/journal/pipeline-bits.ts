/** Gives every pipeline a bit of 32, so that a span's pipelines fit into one word. */

/** In use at a time. */
export const MAX_PIPELINES = 32;

export class PipelineBits {
  readonly #names: string[] = [];
  readonly #forget: (bits: number) => void;
  #bound: ReadonlySet<string> = new Set();

  /** `forget` is told when a bit changes hands. */
  constructor(forget: (bits: number) => void) {
    this.#forget = forget;
  }

  /** By bit, for load(). */
  get names(): readonly string[] {
    return this.#names;
  }

  /** Before the first of(). */
  load(names: readonly string[]): void {
    this.#names.splice(0, this.#names.length, ...names);
  }

  /** The pipelines that are in use; those that are not keep their bit for as long as there are others. */
  bind(pipelines: ReadonlySet<string>): void {
    this.#bound = pipelines;
  }

  of(pipelines: readonly string[]): number {
    return pipelines.reduce((bits, name) => {
      const bit = this.#bitOf(name, pipelines);
      if (bit === undefined) throw new Error(`cannot give pipeline "${name}" a bit: ${MAX_PIPELINES} others are in use`);
      return bits | (1 << bit);
    }, 0);
  }

  /** Of a record of the past: its pipelines may be gone, and those that are in use may have all the bits. */
  ofPast(pipelines: readonly string[]): number {
    return pipelines.reduce((bits, name) => {
      const bit = this.#bitOf(name, pipelines);
      return bit === undefined ? bits : bits | (1 << bit);
    }, 0);
  }

  /** Those of `pipelines` that are in `bits`. */
  within(bits: number, pipelines: readonly string[]): readonly string[] {
    return pipelines.filter((name) => (bits & (1 << this.#names.indexOf(name))) !== 0);
  }

  #bitOf(name: string, beside: readonly string[]): number | undefined {
    const known = this.#names.indexOf(name);
    if (known >= 0) return known;
    if (this.#names.length < MAX_PIPELINES) return this.#names.push(name) - 1;
    const idle = this.#names.findIndex((other) => !this.#bound.has(other) && !beside.includes(other));
    if (idle < 0) return undefined;
    this.#forget(1 << idle);
    this.#names[idle] = name;
    return idle;
  }
}
