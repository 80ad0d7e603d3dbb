/** `npm run fault:clock [-- --seed 1]`: the wall clock of a running daemon is set a day on and back again: totals, retries and the window of copies go on as if nothing had happened. */
import assert from 'node:assert/strict';
import { globSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { send } from '../helpers/http.ts';
import { until } from '../helpers/until.ts';
import { bodyOf } from './bodies.ts';
import { runCommand } from './command.ts';
import { Scene } from './scene.ts';

const RETRY_MS = 300;
/** A timer may be a moment early by its own reckoning. */
const EARLY_MS = 20;
const DELIVERY = `retry_on_failure: { initial_interval: ${RETRY_MS}ms, max_interval: ${RETRY_MS}ms, randomization_factor: 0 }`;
/** A series shows 0 to scrapers for so long: once that is over, it is over. */
const GENAI = 'series: { initial: 1s }';
const JUMPS = ['+1d', '-1d', '+0d', '-1d', '+1d'] as const;
const TRIES = 3;
const REQUESTS = 50;
const COPIES = 20;
const PATIENCE_MS = 120_000;

function library(): string | undefined {
  return globSync('/usr/lib/{*/,}faketime/libfaketimeMT.so.1')[0];
}

await runCommand({
  name: 'clock',
  rounds: [1, 20],
  needs: [() => (library() === undefined ? 'there is no libfaketime' : undefined)],
  async run({ choose, rounds }) {
    for (let round = 0; round < rounds; round++) {
      await Scene.run('clock', choose, { delivery: DELIVERY, genai: `{ ${GENAI} }` }, setBackAndForth);
    }
    return `${rounds * JUMPS.length} jumps of a day: totals rise, no retry is early, none is missing, every copy is known`;
  },
});

async function setBackAndForth(scene: Scene): Promise<void> {
  const { station, oracle, tempo } = scene;
  const file = join(station.folder, 'time');
  writeFileSync(file, '+0d\n');
  const environment = {
    LD_PRELOAD: library() ?? '',
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
  let life = await station.start({ environment });
  let scraped = 0;
  const scrape = async () => {
    const shown = await scrapedRequests(scene);
    assert.ok(shown >= scraped, `${shown} requests after ${scraped}`);
    scraped = shown;
  };
  for (const [index, offset] of JUMPS.entries()) {
    const load = scene.load();
    const before = oracle.acked.numbers.size;
    tempo.mood = 'down';
    load.start();
    await until('some requests are taken', () => oracle.acked.numbers.size > before + REQUESTS, PATIENCE_MS);
    await until('it is open for scrapers', async () => (await scrapedRequests(scene)) > 0, PATIENCE_MS);
    await scrape();
    await tried(scene);
    writeFileSync(file, `${offset}\n`);
    await tried(scene);
    await scrape();
    await load.stop();
    tempo.mood = 'up';
    await scene.judge();
    await knowsCopies(scene);
    await scene.delivered(PATIENCE_MS);
    if (index % 2 === 0) continue;
    await life.end('SIGKILL');
    life = await station.start({ environment });
    await scene.judge();
    await knowsCopies(scene);
  }
  await scene.stopped(life);
  await scene.finish();
}

/** A few times more, with the pause between that the config says. */
async function tried({ tempo: { cameMs } }: Scene): Promise<void> {
  const from = cameMs.length;
  await until('it is tried again', () => cameMs.length >= from + TRIES, PATIENCE_MS);
  const tries = cameMs.slice(Math.max(0, from - 1));
  for (const [index, atMs] of tries.entries()) {
    const pauseMs = atMs - (tries[index - 1] ?? Number.NEGATIVE_INFINITY);
    assert.ok(pauseMs >= RETRY_MS - EARLY_MS, `tried again after ${pauseMs} ms`);
  }
}

/** What was sent before the clock was set is the same after it. */
async function knowsCopies({ station, oracle }: Scene): Promise<void> {
  const before = await station.figures();
  for (const number of [...oracle.acked.numbers].slice(0, COPIES)) {
    const headers = { 'content-type': 'application/json' };
    const { status } = await send(`${station.origin}/v1/traces`, bodyOf(number), { headers });
    assert.equal(status, 200);
  }
  assert.deepEqual(await station.figures(), before, 'copies count nothing');
}

async function scrapedRequests({ station }: Scene): Promise<number> {
  const headers = { 'x-prometheus-scrape-timeout-seconds': '10' };
  const { body } = await send(`http://127.0.0.1:${station.ports.metrics}/metrics`, undefined, { method: 'GET', headers });
  const values = [...body.matchAll(/^openrouter_requests_total\{.*\} (\S+)$/gm)];
  return values.reduce((sum, [, value]) => sum + Number(value), 0);
}
