/** Side by side under the same load, in turns: requests/s, waits, CPU, memory, bytes written, and a proof that nothing was missed. */
import { join } from 'node:path';
import type { Body } from './body.ts';
import type { Contestant } from './contestant.ts';
import { checkCounted } from './counted.ts';
import { benchFolder } from './folder.ts';
import { type Measurable, type Measured, measure } from './measure.ts';
import { type BodyResult, contestantsOf, type Round } from './request-contestants.ts';
import { requestTargets } from './request-targets.ts';
import { requestsTable } from './requests-table.ts';
import type { Report, Settings } from './section.ts';
import { writeTemplates } from './templates.ts';

export async function requests(settings: Settings): Promise<Report> {
  const results: BodyResult[] = [];
  for (const body of settings.bodies) {
    const contestants = contestantsOf(body, settings);
    results.push(await runBody(body, contestants, settings));
  }
  return { title: 'Requests', text: requestsTable(results), targets: requestTargets(results) };
}

/** All stay up all the time; who has no load costs next to nothing. */
async function runBody(body: Body, contestants: readonly Contestant[], settings: Settings): Promise<BodyResult> {
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
    while (rounds.length < settings.rounds) rounds.push(await runRound(measurables, work, rounds.length));
    for (const one of measurables) await checkCounted(one, costs);
    const highestMebibytes = new Map(
      measurables.map(({ contestant, running }) => [contestant.name, running.program.highestMebibytes]),
    );
    return { body, rounds, highestMebibytes };
  } finally {
    await Promise.all(measurables.map(({ running }) => running.stop()));
  }
}

async function runRound(measurables: readonly Measurable[], work: Parameters<typeof measure>[1], nth: number): Promise<Round> {
  const round = new Map<string, Measured>();
  // Another first in every round: who follows whom is to matter to nobody.
  const turned = measurables.map((_, index) => measurables[(index + nth) % measurables.length]!);
  for (const one of turned) round.set(one.contestant.name, await measure(one, work));
  return round;
}
