/** Holds up every sync of a daemon under load: more requests share one, and what a person or a scraper asks is answered at once. */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { Choose } from './model-disk.ts';
import { Scene } from './scene.ts';
import type { Station } from './station.ts';
import { GatedLife } from './strace.ts';

const CONNECTIONS = 64;
const HELD = [
  { heldMs: 50, forMs: 2_000 },
  { heldMs: 2_000, forMs: 7_000 },
] as const;
const QUICK_MS = 100;
const PROBES = 15;

export async function slowSync(choose: Choose): Promise<string> {
  return Scene.run('slow syncs', choose, {}, async (scene) => {
    const gated = await GatedLife.begin(scene.station);
    await gated.open();
    let answers = 0;
    const load = scene.load({ connections: CONNECTIONS, seen: () => answers++ });
    load.start();
    const facts: string[] = [];
    for (const { heldMs, forMs } of HELD) {
      await gated.disturb(`fdatasync:delay_exit=${heldMs * 1_000}`);
      await pause(heldMs); // the thread goes on undisturbed for a moment after strace has taken hold of it
      const { group, medianMs } = await watch(scene.station, () => answers, forMs);
      await gated.leaveAlone();
      facts.push(
        `sync +${heldMs} ms: ${group.toFixed(0)} of ${CONNECTIONS} requests share one, pages in ${medianMs.toFixed(0)} ms`,
      );
      assert.ok(group >= CONNECTIONS / 4, `${group} requests share a sync of +${heldMs} ms`);
      assert.ok(medianMs < QUICK_MS, `half of the pages take longer than ${medianMs} ms`);
    }
    await load.stop();
    await scene.judge();
    await scene.delivered();
    await scene.stopped(gated.life);
    return facts.join('; ');
  });
}

/** How many requests share one sync, and how long pages take meanwhile. */
async function watch(
  station: Station,
  answers: () => number,
  forMs: number,
): Promise<Readonly<{ group: number; medianMs: number }>> {
  const syncs = () => station.own('spanmeter_journal_sync_seconds_count');
  const [answersBefore, syncsBefore] = [answers(), await syncs()];
  const took: number[] = [];
  for (let probe = 0; probe < PROBES; probe++) {
    await pause(forMs / PROBES);
    for (const [port, path] of [
      ['metrics', '/metrics'],
      ['health', '/healthz'],
    ] as const) {
      const began = performance.now();
      await station.get(port, path);
      took.push(performance.now() - began);
    }
  }
  const group = (answers() - answersBefore) / ((await syncs()) - syncsBefore);
  return { group, medianMs: took.sort((one, other) => one - other)[took.length >> 1] ?? 0 };
}
