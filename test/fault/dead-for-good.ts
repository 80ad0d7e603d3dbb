/** One of two destinations is dead and the journal small: the sender notices nothing, the other one gets all, the oldest go and every one of them is counted. */
import assert from 'node:assert/strict';
import { until } from '../helpers/until.ts';
import { kindOf, numbersIn, spansOf } from './bodies.ts';
import type { Choose } from './model-disk.ts';
import { Oracle } from './oracle.ts';
import { Scene } from './scene.ts';
import { Tempo } from './tempo.ts';

const JOURNAL = 'segment_size: 256KiB, max_size: 2MiB';
/** Several times what the journal holds. */
const REQUESTS = 2_000;
const TEMPO = 'otlp_http/tempo';
const PATIENCE_MS = 300_000;

export async function deadForGood(choose: Choose): Promise<string> {
  const oracle = new Oracle();
  const atWell = new Oracle(oracle.issued);
  const well = await Tempo.open(atWell);
  try {
    const options = { oracle, journal: JOURNAL, others: { well: well.url } };
    return await Scene.run('a dead destination', choose, options, async (scene) => {
      const { station, tempo } = scene;
      await tempo.leave();
      const life = await station.start();
      const order: number[] = [];
      const statuses = new Set<number | undefined>();
      // One after the other, so that the order of the answers is that of the log.
      const load = scene.load({
        connections: 1,
        seen: ({ number, status }) => {
          statuses.add(status);
          if (status === 200) order.push(number);
        },
      });
      load.start();
      await until('enough requests are taken', () => oracle.acked.numbers.size >= REQUESTS, PATIENCE_MS);
      assert.deepEqual([...statuses], [200], 'the sender notices nothing');
      await load.stop();
      await scene.judge();
      await until('the other destination has all', () => hasAll(oracle, atWell), PATIENCE_MS);
      await tempo.comeBack();
      await until('nothing waits any more', () => backlogOf(scene), PATIENCE_MS);
      const dropped = await station.own('spanmeter_journal_dropped_spans_total', `reader="${TEMPO}",reason="backlog_full"`);
      await scene.stopped(life);
      const letters = new Set(numbersIn(station.deadLetters(TEMPO)));
      const missing = new Set(
        [...oracle.acked.numbers].filter((number) => !oracle.delivered.has(number) && !letters.has(number)),
      );
      assert.equal(
        [...missing].reduce((sum, number) => sum + spansOf(number), 0),
        dropped,
        'the dropped number is exact',
      );
      assert.ok(dropped > 0, 'a run in which nothing was dropped shows nothing');
      assertOldest([...new Set(order)].map((number) => missing.has(number)));
      return `dead destination: ${dropped} spans dropped and counted, the rest delivered`;
    });
  } finally {
    well.close();
  }
}

/** But for what a destination refuses for good. */
function hasAll({ acked }: Oracle, { delivered }: Oracle): boolean {
  return [...acked.numbers].every((number) => delivered.has(number) || kindOf(number) === 'refused');
}

/** What was under way when it died goes on; behind that, the oldest are gone and the newest are there. */
function assertOldest(gone: readonly boolean[]): void {
  const pattern = gone.map((one) => (one ? 'x' : '.')).join('');
  assert.match(pattern, /^\.*x+\.+$/, `the oldest go: ${pattern}`);
}

async function backlogOf({ station }: Scene): Promise<boolean> {
  return (await station.own('spanmeter_journal_oldest_unsent_seconds', `reader="${TEMPO}"`)) === 0;
}
