/** The dedupe table against a Map, whatever the ids. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DedupeTable } from '../../src/journal/dedupe.ts';

const HASH_WORDS = 6 * 4 * 256;

/** What the table has to be: a Map remembers the order of arrival. */
class Model {
  readonly pipelinesByKey = new Map<string, number>();
  readonly maxSpans: number;

  constructor(maxSpans: number) {
    this.maxSpans = maxSpans;
  }

  add(key: Uint32Array, pipelines: number): void {
    const text = key.join();
    const known = this.pipelinesByKey.get(text);
    const oldest = this.pipelinesByKey.keys().next().value;
    if (known === undefined && this.pipelinesByKey.size === this.maxSpans && oldest !== undefined) {
      this.pipelinesByKey.delete(oldest);
    }
    this.pipelinesByKey.set(text, ((known ?? 0) | pipelines) >>> 0);
  }

  pipelinesOf(key: Uint32Array): number {
    return this.pipelinesByKey.get(key.join()) ?? 0;
  }
}

/** Repeatable; mulberry32. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

type Keys = (number: number) => Uint32Array;

const spread: Keys = (number) => {
  const random = randomOf(number);
  return Uint32Array.from({ length: 6 }, () => random(2 ** 32));
};
/** Keys that differ in one word only, at either end. */
const lowEnd: Keys = (number) => Uint32Array.of(0, 0, 0, 0, 0, number);
const highEnd: Keys = (number) => Uint32Array.of(number << 20, 0, 0, 0, 0, 0);

function randomWords(seed: number): Uint32Array {
  const random = randomOf(seed);
  return Uint32Array.from({ length: HASH_WORDS }, () => random(2 ** 32));
}

/** A hash of few values: every key collides with many, and clusters wrap around the end of the index. */
function collidingWords(): Uint32Array {
  return randomWords(1).map((word) => word & 0x80000003);
}

function assertSame(table: DedupeTable, model: Model, keys: Keys, distinct: number): void {
  assert.equal(table.size, model.pipelinesByKey.size);
  for (let number = 0; number < distinct; number++)
    assert.equal(table.pipelinesOf(keys(number)), model.pipelinesOf(keys(number)));
}

describe('the dedupe table', () => {
  const cases = [
    { name: 'spread keys', keys: spread, words: randomWords(7), maxSpans: 500, operations: 500_000 },
    { name: 'keys that differ at the low end', keys: lowEnd, words: randomWords(8), maxSpans: 257, operations: 100_000 },
    { name: 'keys that differ at the high end', keys: highEnd, words: randomWords(9), maxSpans: 256, operations: 100_000 },
    { name: 'keys that nearly all collide', keys: spread, words: collidingWords(), maxSpans: 61, operations: 100_000 },
    { name: 'keys that all collide', keys: lowEnd, words: new Uint32Array(HASH_WORDS), maxSpans: 20, operations: 50_000 },
    { name: 'a window of one', keys: spread, words: randomWords(10), maxSpans: 1, operations: 50_000 },
    { name: 'a window that grows', keys: spread, words: randomWords(11), maxSpans: 10_000, operations: 100_000 },
  ];
  for (const { name, keys, words, maxSpans, operations } of cases) {
    it(`equals a Map with a window, for ${name}`, () => {
      const random = randomOf(operations + maxSpans);
      const table = new DedupeTable(maxSpans, words);
      const model = new Model(maxSpans);
      const distinct = maxSpans * 2 + 1;
      const known = Array.from({ length: distinct }, (_, number) => keys(number));
      for (let operation = 0; operation < operations; operation++) {
        const key = known[random(distinct)]!;
        assert.equal(table.pipelinesOf(key), model.pipelinesOf(key));
        if (random(3) === 0) continue;
        const pipelines = (1 << random(32)) >>> 0;
        table.add(key, pipelines);
        model.add(key, pipelines);
      }
      assertSame(table, model, keys, distinct);
    });
  }

  it('goes on after save and load as if nothing had been, in any process', () => {
    const random = randomOf(3);
    for (const maxSpans of [1, 2, 50]) {
      let table = new DedupeTable(maxSpans);
      const model = new Model(maxSpans);
      for (let operation = 0; operation < 2_000; operation++) {
        const key = spread(random(120));
        const pipelines = 1 + random(7);
        table.add(key, pipelines);
        model.add(key, pipelines);
        if (operation % 37 !== 0) continue;
        const loaded = new DedupeTable(maxSpans); // another seed
        loaded.load(table.save());
        assert.deepEqual(loaded.save(), table.save());
        table = loaded;
      }
      assertSame(table, model, spread, 120);
    }
  });

  it('saves the same bytes for the same spans, wherever the ring begins', () => {
    const [fresh, worn] = [new DedupeTable(10), new DedupeTable(10)];
    for (let number = 0; number < 23; number++) worn.add(spread(number), 1);
    for (let number = 13; number < 23; number++) fresh.add(spread(number), 1);
    assert.deepEqual(worn.save(), fresh.save());
  });

  it('loads the newest spans of a window larger than its own, and all of a smaller one', () => {
    const saving = new DedupeTable(20);
    for (let number = 0; number < 20; number++) saving.add(spread(number), 1);
    const smaller = new DedupeTable(5);
    smaller.load(saving.save());
    const known = (table: DedupeTable) => Array.from({ length: 25 }, (_, number) => table.pipelinesOf(spread(number)));
    assert.deepEqual(known(smaller), [...Array(15).fill(0), ...Array(5).fill(1), ...Array(5).fill(0)]);
    const larger = new DedupeTable(24);
    larger.load(saving.save());
    for (let number = 20; number < 25; number++) larger.add(spread(number), 1);
    assert.deepEqual(known(larger), [0, ...Array(24).fill(1)]);
  });

  it('loads from the middle of a larger buffer', () => {
    const saving = new DedupeTable(3);
    saving.add(spread(1), 5);
    const loading = new DedupeTable(3);
    loading.load(Buffer.concat([Buffer.alloc(5), saving.save()]).subarray(5));
    assert.equal(loading.pipelinesOf(spread(1)), 5);
  });

  it('refuses bytes that are not a window', () => {
    const saved = Buffer.from(new DedupeTable(3).save());
    const cases = [Buffer.alloc(0), saved.subarray(1), Buffer.concat([saved, Buffer.alloc(28)]), Buffer.alloc(8, 9)];
    for (const bytes of cases) assert.throws(() => new DedupeTable(3).load(bytes), /cannot load the dedupe window/);
  });

  it('takes pipelines from every span when they are forgotten', () => {
    const table = new DedupeTable(3);
    for (let number = 0; number < 5; number++) table.add(spread(number), 0x80000001);
    table.forget(1);
    assert.deepEqual(
      [2, 3, 4].map((number) => table.pipelinesOf(spread(number))),
      Array(3).fill(0x80000000),
    );
  });

  it('remembers nothing with a window of zero', () => {
    const table = new DedupeTable(0);
    table.add(spread(1), 1);
    assert.deepEqual([table.pipelinesOf(spread(1)), table.size], [0, 0]);
    table.load(table.save());
  });
});
