/** `npm run fault:outage [-- --long --seed 1]`: a destination that is dead, comes back, and whose daemon is killed while it catches up. */
import { catchUp } from './catch-up.ts';
import { runCommand } from './command.ts';
import { deadForGood } from './dead-for-good.ts';
import { largeBacklog } from './large-backlog.ts';

await runCommand({
  name: 'outage',
  rounds: [1, 10],
  async run({ choose, rounds, long }) {
    let facts: readonly string[] = [];
    for (let round = 0; round < rounds; round++) {
      facts = [await deadForGood(choose), await catchUp(choose, long), await largeBacklog(choose, long)];
    }
    return facts.join('; ');
  },
});
