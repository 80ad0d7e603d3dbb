/** `npm run fault:syscalls [-- --long --seed 1]`: a real daemon under load is killed at, refused or held up in its system calls. */

import { program, root, runCommand } from './command.ts';
import { failingCalls } from './failing-calls.ts';
import { killedCalls } from './killed-calls.ts';
import { slowSync } from './slow-sync.ts';

await runCommand({
  name: 'system calls',
  rounds: [12, 200],
  needs: [program('strace'), root],
  async run({ choose, rounds, long }) {
    const summaries = [await killedCalls(rounds, long, choose), await failingCalls(choose), await slowSync(choose)];
    return summaries.join('; ');
  },
});
