/** Gives every pipeline a bit of 32, so that a span's pipelines fit into one word. */

const BITS = 32;

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
    return pipelines.reduce((bits, name) => bits | (1 << this.#bitOf(name, pipelines)), 0);
  }

  /** Those of `pipelines` that are in `bits`. */
  within(bits: number, pipelines: readonly string[]): readonly string[] {
    return pipelines.filter((name) => (bits & (1 << this.#names.indexOf(name))) !== 0);
  }

  #bitOf(name: string, beside: readonly string[]): number {
    const known = this.#names.indexOf(name);
    if (known >= 0) return known;
    if (this.#names.length < BITS) return this.#names.push(name) - 1;
    const idle = this.#names.findIndex((other) => !this.#bound.has(other) && !beside.includes(other));
    if (idle < 0) throw new Error(`cannot give pipeline "${name}" a bit: ${BITS} others are in use`);
    this.#forget(1 << idle);
    this.#names[idle] = name;
    return idle;
  }
}
