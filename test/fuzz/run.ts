/** `npm run fuzz -- --seconds 20`: damages bodies for a while and tells what could not be borne. */
import { parseArgs } from 'node:util';
import { TARGETS } from './targets.ts';
import { fuzz } from './watch.ts';

const { values } = parseArgs({
  options: {
    /** For each target. */
    seconds: { type: 'string', default: '20' },
    target: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    from: { type: 'string', default: '0' },
  },
});
const AT_ONCE = 2;

const names = Object.keys(TARGETS).filter((name): name is keyof typeof TARGETS => (values.target ?? name) === name);
const waiting = names.values();
let faults = 0;

async function work(): Promise<void> {
  for (const target of waiting) {
    const order = { target, seed: Number(values.seed), seconds: Number(values.seconds), from: Number(values.from) };
    const { cases, taken, worstMs, fault } = await fuzz(order);
    console.log(`${target}: seed ${order.seed}, ${cases} cases, ${taken} taken, slowest ${worstMs.toFixed(0)} ms`);
    if (fault !== undefined) {
      faults += 1;
      console.error(fault);
    }
  }
}

await Promise.all(Array.from({ length: AT_ONCE }, work));
process.exitCode = faults > 0 || names.length === 0 ? 1 : 0;
