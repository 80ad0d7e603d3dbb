/** What a page of many counters costs: its time, and the longest wait of a request because of it. */
import { get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { dimensioned, valuesFor } from './bodies.ts';
import type { Contestant, Running } from './contestant.ts';
import { collector, spanmeter } from './contestants.ts';
import { markdown, median, spread } from './figures.ts';
import { benchFolder } from './folder.ts';
import { sendWithNode, startNodeLoad } from './node-load.ts';
import type { Report, Settings, Target } from './section.ts';
import type { SenderJob } from './sender.ts';
import { writeTemplates } from './templates.ts';

const SERIES = [1_000, 10_000, 50_000, 100_000];
/** One series more for each of them. */
const DIMENSION = 'trace.metadata.dimension1';
/** Counters of one label set: of ours for requests, cost and tokens by type; of the Collector for cost and tokens. */
const COUNTERS = { own: 6, other: 3 } as const;

const POSTS_PER_SECOND = 200;
const PATIENCE_SECONDS = 600;
const PAUSE_MS = 200;
const LOOKS = 50;
/** A Collector folds the last of a hundred thousand together. */
const LEAST_SHARE = 0.9;

/** As curl asks, and as Prometheus does. */
const PLAIN = {};
const PROMETHEUS = {
  accept: 'application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5',
  'accept-encoding': 'gzip',
  'user-agent': 'Prometheus/3.0.0',
};

type Scraped = Readonly<{ name: string; wanted: number; series: number; bytes: number; rounds: readonly Round[] }>;
type Filled = Scraped &
  Readonly<{ rounds: Round[]; running: Running; job: Omit<SenderJob, 'connections' | 'first'> }> & { sent: number };
type Round = Readonly<{ plainMs: number; prometheusMs: number; quietWaitMs: number; waitMs: number }>;

export async function scrape(settings: Settings): Promise<Report> {
  const { collector: program, quick, rounds } = settings;
  const results: Scraped[] = [];
  for (const wanted of quick ? SERIES.slice(0, 1) : SERIES) {
    const sets = { own: valuesFor(wanted / COUNTERS.own), other: valuesFor(wanted / COUNTERS.other) };
    const genai = `{ dimensions: [{ name: ${DIMENSION}, max_values: ${2 * wanted} }], series: { max: ${4 * wanted}, max_per_metric: ${4 * wanted} } }`;
    const filled = [await fill(spanmeter('spanmeter', { genai }), { wanted, sets: sets.own })];
    if (program !== undefined) {
      const changes = { queue: 'memory', compression: 'gzip', dimension: DIMENSION, counters: 2 * wanted } as const;
      filled.push(await fill(collector('Collector', program, changes), { wanted, sets: sets.other }));
    }
    for (let round = 0; round < rounds; round++) {
      for (const one of round % 2 === 0 ? filled : filled.toReversed()) one.rounds.push(await runRound(one));
    }
    await Promise.all(filled.map(({ running }) => running.stop()));
    results.push(...filled);
  }
  const made = `${rounds} rounds, each with a scrape of either kind beside ${POSTS_PER_SECOND} requests/s of one connection`;
  return { title: 'Scrape', made, text: tableOf(results), targets: targetsOf(results) };
}

type Amount = Readonly<{ wanted: number; sets: number }>;

/** A program that shows so many counters. */
async function fill({ name, start }: Contestant, { wanted, sets }: Amount): Promise<Filled> {
  const running = await start();
  const templates = join(benchFolder('load'), 'requests');
  const seed = 2 ** 28;
  writeTemplates(templates, dimensioned(1), seed);
  const job = { port: running.port, templates, seed, series: sets, seconds: PATIENCE_SECONDS };
  const { requests } = await sendWithNode({ ...job, connections: 64, first: 0, count: sets });
  return { name, wanted, ...(await untilShown(running, wanted)), rounds: [], running, job, sent: requests };
}

async function runRound(filled: Filled): Promise<Round> {
  const { running, job } = filled;
  const paced = { ...job, connections: 1, perSecond: POSTS_PER_SECOND };
  const quiet = await sendWithNode({ ...paced, first: filled.sent, count: POSTS_PER_SECOND });
  const load = await startNodeLoad({ ...paced, first: filled.sent + quiet.requests });
  await sleep(PAUSE_MS);
  const plainMs = await scrapeMs(running.metricsUrl, PLAIN);
  await sleep(PAUSE_MS);
  const prometheusMs = await scrapeMs(running.metricsUrl, PROMETHEUS);
  load.stop();
  const { maxMs, requests } = await load.done;
  filled.sent += quiet.requests + requests;
  return { plainMs, prometheusMs, quietWaitMs: quiet.maxMs, waitMs: maxMs };
}

/** Collectors take a while until what was counted is shown. */
async function untilShown({ metricsUrl }: Running, wanted: number): Promise<Readonly<{ series: number; bytes: number }>> {
  for (let looks = 0; ; looks++) {
    const page = await (await fetch(metricsUrl)).text();
    const counters = new Set(Array.from(page.matchAll(/^# TYPE (\S+) counter$/gm), ([, name]) => name));
    const series = page.split('\n').filter((line) => counters.has(/^[^{ ]+/.exec(line)?.[0])).length;
    if (series >= wanted) return { series, bytes: page.length };
    if (looks === LOOKS && series > LEAST_SHARE * wanted) return { series, bytes: page.length }; // the table says how many
    if (looks === LOOKS) throw new Error(`${metricsUrl} shows ${series} counter series, ${wanted} were to be made`);
    await sleep(PAUSE_MS);
  }
}

function scrapeMs(url: string, headers: Record<string, string>): Promise<number> {
  const beganMs = performance.now();
  return new Promise((resolve, reject) => {
    const request = get(url, { headers }, (response) => {
      response.resume().on('end', () => resolve(performance.now() - beganMs));
    });
    request.on('error', reject);
  });
}

const HEADER = ['counter series', 'program', 'page MB', 'plain ms', 'as Prometheus ms', 'longest wait ms', 'without scrape ms'];

function tableOf(results: readonly Scraped[]): string {
  const rows = results.map(({ name, series, bytes, rounds }) => {
    const of = (figure: keyof Round) => rounds.map((round) => round[figure]);
    const cells = [of('plainMs'), of('prometheusMs'), of('waitMs'), of('quietWaitMs')].map((values) => spread(values, 0));
    return [String(series), name, (bytes / 1e6).toFixed(1), ...cells];
  });
  return markdown(HEADER, rows);
}

const BOUNDS = { series: 50_000, ratio: 0.3, waitMs: 20 } as const;

function targetsOf(results: readonly Scraped[]): readonly Target[] {
  const [own, other] = results.filter(({ wanted }) => wanted === BOUNDS.series);
  if (own === undefined) return [];
  const waitsMs = own.rounds.map(({ waitMs }) => waitMs);
  const wait: Target = {
    number: 7,
    measure: 'longest wait of a request because of a scrape of 50,000 series',
    value: `${spread(waitsMs, 0)} ms`,
    target: `≤ ${BOUNDS.waitMs} ms`,
    met: median(waitsMs) <= BOUNDS.waitMs,
  };
  if (other === undefined) return [wait];
  const ratios = own.rounds.map(({ plainMs }, round) => plainMs / other.rounds[round]!.plainMs);
  const time: Target = {
    number: 7,
    measure: 'time of a scrape of 50,000 counter series to that of the Collector',
    value: `${spread(ratios, 2)} ×`,
    target: `≤ ${BOUNDS.ratio} ×`,
    met: median(ratios) <= BOUNDS.ratio,
  };
  return [time, wait];
}
