/** Measures the dedupe table at one million keys: run with `node bench/dedupe.ts`. */
import { randomBytes } from 'node:crypto';
import { Claims } from '../src/journal/claims.ts';
import { DedupeTable } from '../src/journal/dedupe.ts';
import { KEY_WORDS, readSpanKey } from '../src/journal/span-key.ts';

const KEYS = 1_000_000;

const ids = Array.from({ length: 2 * KEYS }, () => ({
  traceId: randomBytes(16).toString('hex'),
  spanId: randomBytes(8).toString('hex'),
}));
const key = new Uint32Array(KEY_WORDS);
const table = new DedupeTable(KEYS);
const counted = { count() {}, record() {} };

function measure(name: string, operations: number, run: () => void): void {
  const start = performance.now();
  run();
  const elapsedMs = performance.now() - start;
  console.log(
    `${name.padEnd(42)} ${((elapsedMs * 1e6) / operations).toFixed(0).padStart(6)} ns  ${elapsedMs.toFixed(0)} ms in all`,
  );
}

function each(from: number, to: number, visit: () => void): () => void {
  return () => {
    for (const id of ids.slice(from, to)) {
      readSpanKey(id, key);
      visit();
    }
  };
}

measure(
  'parse',
  KEYS,
  each(0, KEYS, () => {}),
);
measure(
  'parse, add',
  KEYS,
  each(0, KEYS, () => table.add(key, 1)),
);
measure(
  'parse, look up',
  KEYS,
  each(0, KEYS, () => table.pipelinesOf(key)),
);
measure(
  'parse, look up what is not there',
  KEYS,
  each(KEYS, 2 * KEYS, () => table.pipelinesOf(key)),
);
measure(
  'parse, add with eviction',
  KEYS,
  each(KEYS, 2 * KEYS, () => table.add(key, 1)),
);
let saved: Uint8Array = new Uint8Array();
measure('save', 1, () => {
  saved = table.save();
});
measure('load', 1, () => new DedupeTable(KEYS).load(saved));

const claims = new Claims(KEYS, counted);
measure('claim and commit, requests of two spans', KEYS, () => {
  for (let index = 0; index < KEYS; index += 2) {
    const resources = [{ scopeSpans: [{ spans: ids.slice(index, index + 2) }] }];
    const encoded = { encoding: 'json', bytes: saved, mergeable: true } as const;
    claims.commit(claims.claim([{ pipelines: ['traces'], batch: { signal: 'traces', resources, encoded } }]));
  }
});
