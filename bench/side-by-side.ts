/** Several under the same load, in turns. */
import { join } from 'node:path';
import type { Body } from './body.ts';
import type { Contestant } from './contestant.ts';
import { checkCounted } from './counted.ts';
import { benchFolder } from './folder.ts';
import { type Measurable, type Measured, measure, type Work } from './measure.ts';
import type { Settings } from './section.ts';
import { writeTemplates } from './templates.ts';

export type BodyResult = Readonly<{
  body: Body;
  rounds: readonly Round[];
  highestMebibytes: ReadonlyMap<string, number>;
}>;
/** All, one right after the other, by name. */
export type Round = ReadonlyMap<string, Measured>;

/** All stay up all the time; who has no load costs next to nothing. */
export async function sideBySide(body: Body, contestants: readonly Contestant[], settings: Settings): Promise<BodyResult> {
  const { connections, seconds, warmUpSeconds } = settings;
  const seed = 2 ** 28 + Math.trunc(Math.random() * 2 ** 28);
  const templates = join(benchFolder('load'), 'requests');
  const costs = writeTemplates(templates, body, seed);
  const work = { templates, connections, seconds, seed };
  const measurables: Measurable[] = [];
  try {
    for (const contestant of contestants) measurables.push({ contestant, running: await contestant.start(), body, sent: 0 });
    for (const one of measurables) await measure(one, { ...work, seconds: warmUpSeconds });
    const rounds: Round[] = [];
    while (rounds.length < settings.rounds) rounds.push(await runRound(measurables, work));
    for (const one of measurables) await checkCounted(one, costs);
    console.error(`${body.name}: ${contestants.map(({ name }) => name).join('; ')}: everything is counted and was sent on`);
    const highest = measurables.map(({ contestant, running }) => [contestant.name, running.program.highestMebibytes] as const);
    return { body, rounds, highestMebibytes: new Map(highest) };
  } finally {
    await Promise.all(measurables.map(({ running }) => running.stop()));
  }
}

async function runRound(measurables: readonly Measurable[], work: Work): Promise<Round> {
  const round = new Map<string, Measured>();
  for (const one of shuffled(measurables)) round.set(one.contestant.name, await measure(one, work));
  return round;
}

/** Who follows whom is to matter to nobody. */
function shuffled<T>(items: readonly T[]): readonly T[] {
  return items
    .map((item) => ({ item, place: Math.random() }))
    .toSorted((one, other) => one.place - other.place)
    .map(({ item }) => item);
}
