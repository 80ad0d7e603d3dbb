/** The state is a function of the log: another process, with another clock, time zone and chance, makes the same bytes. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { it } from 'node:test';

const STATES = new URL('../../helpers/fold-states.ts', import.meta.url).pathname;
const CONFIG = 'dimensions: [trace.metadata.environment]\ncost_detail: true\noutput_tokens_per_second: true';
/** Three years later; the clock of the process itself is none of its business. */
const LATER = 'data:text/javascript,const now=Date.now;Date.now=()=>now()+1e11;Math.random=()=>0.5';

function states(timeZone: string, ...options: readonly string[]): string {
  return execFileSync(process.execPath, [...options, STATES, CONFIG], { env: { TZ: timeZone }, encoding: 'utf8' });
}

it('makes the same bytes of the same records', () => {
  const one = states('Pacific/Kiritimati');
  assert.ok(one.length > 1000);
  assert.equal(states('America/Adak', '--import', LATER, '--hash-seed=7', '--random-seed=7'), one);
});
