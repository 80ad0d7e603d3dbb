/** `npm run fault:reload -- --rounds 100`: reloads under load, for as long as one likes. */
import { parseArgs } from 'node:util';
import { reloadUnderLoad } from './reloads.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '100' } } });
const { reloads, refused, posts } = await reloadUnderLoad(Number(values.rounds));
console.log(`${reloads} reloads, ${refused} of them refused: ${posts} requests, all of them answered 200 and counted once`);
process.exit(0);
