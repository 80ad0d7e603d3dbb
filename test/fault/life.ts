/** One process of a daemon, from its command line to its end. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type Child, startChild } from '../helpers/children.ts';
import { until } from '../helpers/until.ts';

/** On a machine that does much else. */
const START_MS = 120_000;

export class Life {
  readonly exited: Promise<number | NodeJS.Signals>;
  readonly #child: Child;
  #ended: number | NodeJS.Signals | undefined;

  constructor(command: string, args: readonly string[], options: Parameters<typeof startChild>[2]) {
    this.#child = startChild(command, args, options);
    this.exited = this.#child.exited.then((ended) => {
      this.#ended = ended;
      return ended;
    });
  }

  get pid(): number {
    return this.#child.pid;
  }

  get stderr(): string {
    return this.#child.stderr();
  }

  /** What it holds in memory now. */
  get rssBytes(): number {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'))?.[1]) * 1_024;
  }

  get ended(): number | NodeJS.Signals | undefined {
    return this.#ended;
  }

  get ready(): boolean {
    return this.stderr.includes('"msg":"started"');
  }

  /** True when it says that it has started; false when it ended before. */
  async started(): Promise<boolean> {
    await until('the daemon started or ended', () => this.#ended !== undefined || this.ready, START_MS);
    assert.doesNotMatch(this.stderr, /damaged/, 'what was interrupted is not damaged');
    return this.#ended === undefined;
  }

  signal(posixSignal: NodeJS.Signals): void {
    this.#child.kill(posixSignal);
  }

  async end(posixSignal: NodeJS.Signals): Promise<number | NodeJS.Signals> {
    this.signal(posixSignal);
    return this.exited;
  }
}
