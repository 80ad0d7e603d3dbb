/** `npm run fault:reload -- --rounds 100 [--storage disk|memory]`: reloads under load, for as long as one likes. */
import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import { reloadUnderLoad } from './reloads.ts';
import { runSuite } from './suite.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '100' }, storage: { type: 'string', default: 'disk' } },
});
const { storage } = values;
assert.ok(storage === 'disk' || storage === 'memory', 'storage is disk or memory');
await runSuite(async () => {
  const { reloads, refused, posts } = await reloadUnderLoad(Number(values.rounds), storage);
  return `${reloads} reloads, storage ${storage}, ${refused} of them refused: ${posts} requests, all of them answered 200 and counted once`;
});
