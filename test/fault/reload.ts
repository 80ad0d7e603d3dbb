/** `npm run fault:reload -- --rounds 100 [--storage disk|memory]`: reloads under load, for as long as one likes. */
import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import { reloadUnderLoad } from './reloads.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '100' }, storage: { type: 'string', default: 'disk' } },
});
const { storage } = values;
assert.ok(storage === 'disk' || storage === 'memory', 'storage is disk or memory');
const began = performance.now();
const { reloads, refused, posts } = await reloadUnderLoad(Number(values.rounds), storage);
const seconds = Math.round((performance.now() - began) / 1000);
console.log(
  `${reloads} reloads in ${seconds} s, storage ${storage}, ${refused} of them refused: ${posts} requests, all of them answered 200 and counted once`,
);
process.exit(0);
