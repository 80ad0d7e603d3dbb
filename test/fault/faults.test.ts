/** A few rounds of `npm run fault:kill`; the long form runs before every release. */
import { it } from 'node:test';
import { killRounds } from './kill.ts';
import { chooser } from './model-disk.ts';

it('loses and counts twice nothing through a few kills', async () => {
  await killRounds(4, chooser(7));
});
