/** Times the parts of the hot path by themselves: `npm run bench:micro`; `-- decode` one of decode, fold, exposition, append, dedupe. */
import { run } from 'mitata';
import { append } from './append.ts';
import { decode } from './decode.ts';
import { dedupe } from './dedupe.ts';
import { exposition } from './exposition.ts';
import { fold } from './fold.ts';

const PARTS = { decode, fold, exposition, append, dedupe };

const wanted = process.argv.slice(2);
const ends: (() => Promise<void>)[] = [];
for (const [name, part] of Object.entries(PARTS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const end = await part();
  if (end !== undefined) ends.push(end);
}
await run();
for (const end of ends) await end();
