/** Knows what was sent, answered, shown and delivered over all lives of a daemon, and judges every start and the end by it. */
import assert from 'node:assert/strict';
import { bodyOf, costOf, elementOf, isRefused, kindOf, numbersIn, spansOf } from './bodies.ts';

/** Exact figures of a page: money in units of 1e-12. */
export type Figures = Readonly<{ cost: bigint; requests: number }>;

class Amount {
  readonly numbers = new Set<number>();
  cost = 0n;
  requests = 0;

  add(number: number): void {
    if (this.numbers.has(number)) return;
    this.numbers.add(number);
    this.cost += costOf(number);
    this.requests += spansOf(number);
  }

  get figures(): Figures {
    return { cost: this.cost, requests: this.requests };
  }
}

export class Oracle {
  readonly issued: Amount;
  readonly acked = new Amount();
  readonly delivered = new Set<number>();
  /** Copies too. */
  arrivals = 0;
  /** Acknowledged, and the destination could take it and has not. */
  readonly undelivered = new Set<number>();
  /** What happened; a run in which one of them never did has shown nothing. */
  readonly tally = { duplicates: 0, inDoubt: 0, refused: 0 };
  #shown: Figures = { cost: 0n, requests: 0 };

  /** `issued`: by another one, of another destination of the same senders. */
  constructor(issued = new Amount()) {
    this.issued = issued;
  }

  /** The answer 200 came. */
  ack(number: number): void {
    if (this.acked.numbers.has(number)) this.tally.duplicates += spansOf(number);
    this.acked.add(number);
    if (kindOf(number) !== 'refused' && !this.delivered.has(number)) this.undelivered.add(number);
  }

  /** Of a scrape: what was acknowledged before it began is in it, nothing that was not sent before it ended, and nothing is taken back. */
  judge(figures: Figures, atLeast: Figures): void {
    for (const key of ['cost', 'requests'] as const) {
      const shown = figures[key];
      assert.ok(shown >= atLeast[key], `${key} ${shown} lacks acknowledged ones, which are ${atLeast[key]}`);
      assert.ok(shown <= this.issued[key], `${key} ${shown} has more than was ever sent, ${this.issued[key]}`);
      assert.ok(shown >= this.#shown[key], `${key} ${shown} goes back behind ${this.#shown[key]}`);
    }
    this.#shown = figures;
  }

  /** Before any number is sent again: a start has everything that was acknowledged, and of the rest each request whole or not. */
  judgeStart(figures: Figures): void {
    this.judge(figures, this.acked.figures);
  }

  /** A request at the destination. What it takes is delivered; false: it refuses it for good. */
  arrived(content: string): boolean {
    if (isRefused(content)) return false;
    const numbers = numbersIn(content);
    this.arrivals += numbers.length;
    for (const number of numbers) {
      assert.ok(this.issued.numbers.has(number), `request ${number} was never sent`);
      this.delivered.add(number);
      this.undelivered.delete(number);
    }
    const expected = numbers.length === 1 ? bodyOf(numbers[0] ?? 0) : `{"resourceSpans":[${numbers.map(elementOf)}]}`;
    assert.ok(content === expected, `requests ${numbers} arrived in other bytes than were sent`);
    return true;
  }

  /** All was sent until it was acknowledged, and the daemon had its time to deliver. */
  judgeEnd(figures: Figures, deadLetters: string): void {
    assert.deepEqual(figures, this.issued.figures, 'every request is counted once, to the last digit');
    assert.deepEqual([...this.undelivered], [], 'every request is delivered');
    const letters = new Set(numbersIn(deadLetters));
    for (const number of this.acked.numbers) {
      if (kindOf(number) === 'refused') assert.ok(letters.has(number), `request ${number} is no dead letter`);
    }
    for (const number of letters) assert.equal(kindOf(number), 'refused', `request ${number} is a dead letter`);
    this.tally.refused = letters.size;
  }
}
