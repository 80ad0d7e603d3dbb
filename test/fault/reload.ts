/** `npm run fault:reload -- --rounds 100 [--storage disk|memory]`: reloads under load, for as long as one likes. */
import assert from 'node:assert/strict';
import { runCommand } from './command.ts';
import { reloadUnderLoad } from './reloads.ts';

await runCommand({
  name: 'reload',
  rounds: [100, 1_000],
  options: { storage: 'disk' },
  async run({ rounds, options: { storage } }) {
    assert.ok(storage === 'disk' || storage === 'memory', 'storage is disk or memory');
    const { reloads, refused, posts } = await reloadUnderLoad(rounds, storage);
    return `${reloads} reloads, storage ${storage}, ${refused} of them refused: ${posts} requests, all of them answered 200 and counted once`;
  },
});
