/** `npm run fault:scrape -- [--rounds 50] [--seed 1]`: a real Prometheus scrapes a daemon that is killed again and again, and sees no reset. */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { decimalText } from '../../src/data/exact.ts';
import { type Prometheus, startPrometheus } from '../helpers/prometheus.ts';
import { until } from '../helpers/until.ts';
import { program, runCommand } from './command.ts';
import type { Figures } from './oracle.ts';
import { Scene } from './scene.ts';

const LIFE_MS = 1_500;
/** A few scrapes: a new series is seen at 0. */
const INITIAL = '4s';
const PATIENCE_MS = 60_000;
/** All that only rises. */
const COUNTERS = '{job="spanmeter", __name__=~".+_(total|count|sum|bucket)"}';

await runCommand({
  name: 'scrape',
  rounds: [50, 500],
  needs: [program('prometheus')],
  run: ({ choose, rounds }) =>
    Scene.run('kills between scrapes', choose, { genai: `{ series: { initial: ${INITIAL} } }` }, async (scene) => {
      const { station, oracle } = scene;
      const prometheus = await startPrometheus(`127.0.0.1:${station.ports.metrics}`);
      await bearSeries(scene, prometheus);
      for (let round = 0; round < rounds; round++) {
        const life = await station.start();
        await scene.judge();
        const load = scene.load();
        load.start();
        await pause(choose(LIFE_MS));
        await life.end('SIGKILL');
        await load.stop();
      }
      const life = await station.start();
      await scene.judge();
      const { requests, cost } = oracle.issued.figures;
      const last = () => prometheus.value('sum(openrouter_requests_total)');
      await until('the last figures are scraped', async () => (await last()) === requests, PATIENCE_MS);
      const scrapes = await judgeStored(prometheus, { requests, cost });
      await scene.stopped(life);
      return `${rounds} kills, ${scrapes} scrapes, no reset; ${requests} requests and ${decimalText(cost)} USD are last - first`;
    }),
});

/** What is stored begins with the 0 of every series. */
async function bearSeries(scene: Scene, prometheus: Prometheus): Promise<void> {
  const life = await scene.station.start();
  await until('a first scrape', async () => (await prometheus.value('up')) === 1, PATIENCE_MS);
  const load = scene.load();
  await load.sendFresh();
  const value = () => prometheus.value('max(openrouter_requests_total)');
  await until('a new series has shown its value', async () => ((await value()) ?? 0) > 0, PATIENCE_MS);
  await load.stop();
  await life.end('SIGKILL');
}

/** The number of scrapes that found the daemon. */
async function judgeStored(prometheus: Prometheus, { requests, cost }: Figures): Promise<number> {
  const value = async (expression: string) => (await prometheus.value(expression)) ?? Number.NaN;
  const rise = (name: string) => value(`sum(${name}) - sum(min_over_time(${name}[1d]))`);
  const names = (await prometheus.query(`group by (__name__) (${COUNTERS})`)).flatMap(({ metric }) => metric['__name__'] ?? []);
  assert.ok(names.length > 0);
  for (const name of names) assert.equal(await value(`max(resets(${name}[1d]))`), 0, `${name} fell between two scrapes`);
  assert.equal(await rise('openrouter_requests_total'), requests);
  // The sum of a few doubles; what the page shows is compared digit by digit before.
  const usd = Number(decimalText(cost));
  const risen = await rise('openrouter_cost_usd_total');
  assert.ok(Math.abs(risen - usd) <= usd * Number.EPSILON * 8, `${risen} USD are stored of ${usd}`);
  assert.ok((await value('min_over_time(up[1d])')) === 0, 'a run in which every scrape found the daemon shows nothing');
  return value('sum_over_time(up[1d])');
}
