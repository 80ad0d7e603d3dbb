/** A destination is dead for a while and comes back under load: everything that was kept arrives, and the senders hardly notice. */
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../helpers/until.ts';
import type { Choose } from './model-disk.ts';
import { Scene } from './scene.ts';

const DEAD_MS = { short: 15_000, long: 600_000 } as const;
const CALM_MS = 4_000;
const CONNECTIONS = 4;
/** A backlog of this or less is what is under way. */
const CAUGHT_UP = 200;
const PATIENCE_MS = 600_000;

type Phase = 'well' | 'dead' | 'catching up';

export async function catchUp(choose: Choose, long: boolean): Promise<string> {
  return Scene.run('a destination that comes back', choose, {}, async (scene) => {
    const { oracle, tempo, station } = scene;
    const life = await station.start();
    let phase: Phase = 'well';
    let startedMs = performance.now();
    const tookMsIn = new Map<Phase, number[]>([
      ['well', []],
      ['dead', []],
      ['catching up', []],
    ]);
    const load = scene.load({ connections: CONNECTIONS, seen: ({ tookMs }) => tookMsIn.get(phase)?.push(tookMs) });
    load.start();
    await pause(CALM_MS);
    await tempo.leave();
    phase = 'dead';
    await pause(long ? DEAD_MS.long : DEAD_MS.short);
    const behind = oracle.undelivered.size;
    const [acked, arrived] = [oracle.acked.numbers.size, oracle.delivered.size];
    await tempo.comeBack();
    phase = 'catching up';
    startedMs = performance.now();
    await until('it has caught up', () => oracle.undelivered.size <= CAUGHT_UP, PATIENCE_MS);
    const seconds = (performance.now() - startedMs) / 1_000;
    const [intake, drain] = [oracle.acked.numbers.size - acked, oracle.delivered.size - arrived].map((count) => count / seconds);
    await load.stop();
    await scene.judge();
    await scene.delivered(PATIENCE_MS);
    await scene.stopped(life);
    const p99 = [...tookMsIn].map(([name, tookMs]) => `${name} ${percentile(tookMs).toFixed(0)} ms`).join(', ');
    return `catch-up: ${behind} requests behind, drained at ${drain?.toFixed(0)}/s beside an intake of ${intake?.toFixed(0)}/s, p99 ${p99}`;
  });
}

function percentile(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length * 0.99)] ?? 0;
}
