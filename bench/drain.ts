/** An outage of the destination: how fast what waited leaves afterwards, and what senders and memory notice of it. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bodyOf } from './bodies.ts';
import type { Running } from './contestant.ts';
import { spanmeter } from './contestants.ts';
import { grouped, markdown } from './figures.ts';
import { benchFolder } from './folder.ts';
import type { Sent } from './load.ts';
import { sendWithNode, startNodeLoad } from './node-load.ts';
import type { Report, Settings, Target } from './section.ts';
import { writeTemplates } from './templates.ts';

const BACKLOG_BYTES = { long: 2 ** 30, quick: 2 ** 25 } as const;
/** Of the intake that goes on. */
const PER_SECOND = 100;
/** Before it is measured: what is not compiled yet is slow. */
const WARM_UP_REQUESTS = { long: 4_000, quick: 200 } as const;
const QUIET_SECONDS = { long: 10, quick: 0.5 } as const;
const LOOK_MS = 250;
const PATIENCE_SECONDS = 600;
const BODY = '56 KB';
const SEED = 2 ** 28;

type Drained = Readonly<{
  requests: number;
  perSecond: number;
  highestMebibytes: number;
  before: Sent;
  meanwhile: Sent;
}>;

export async function drain({ quick, profile }: Settings): Promise<Report> {
  const length = quick ? 'quick' : 'long';
  const templates = join(benchFolder('load'), 'requests');
  writeTemplates(templates, bodyOf(BODY), SEED);
  const running = await spanmeter('spanmeter', {}, profile).start();
  const backlog = Math.ceil(BACKLOG_BYTES[length] / 56_000);
  const plan = { templates, backlog, warmUpRequests: WARM_UP_REQUESTS[length], quietSeconds: QUIET_SECONDS[length] };
  const drained = await drainOnce(running, plan);
  await running.stop();
  const made = `one outage; waits at ${PER_SECOND} requests/s over 8 connections, from when a request was due`;
  return { title: 'Drain', made, text: tableOf(drained), targets: targetsOf(drained) };
}

type Plan = Readonly<{ templates: string; backlog: number; warmUpRequests: number; quietSeconds: number }>;

async function drainOnce(running: Running, { templates, backlog, warmUpRequests, quietSeconds }: Plan): Promise<Drained> {
  const { port, program } = running;
  const sink = running.sink!;
  const job = { port, templates, seed: SEED, seconds: PATIENCE_SECONDS };
  const paced = { ...job, connections: 8, perSecond: PER_SECOND };
  await sendWithNode({ ...job, connections: 64, first: 0, count: warmUpRequests });
  await untilSent(running, 0);
  const before = await sendWithNode({ ...paced, first: 10_000, count: Math.ceil(quietSeconds * PER_SECOND) });
  await untilSent(running, 0);
  await sink.tell('close');
  await sendWithNode({ ...job, connections: 64, first: 1_000_000, count: backlog });
  await sink.tell('forget');
  program.forgetHighest();
  const load = await startNodeLoad({ ...paced, first: 20_000 });
  await sink.tell('open');
  const beganMs = await untilFirst(running);
  await untilSent(running, JUST_COME_BYTES);
  const seconds = (Date.now() - beganMs) / 1000;
  load.stop();
  const meanwhile = await load.done;
  await checkArrived(running, backlog + meanwhile.requests);
  return { requests: backlog, perSecond: backlog / seconds, highestMebibytes: program.highestMebibytes, before, meanwhile };
}

/** The pause before a new attempt is no part of the drain. */
async function untilFirst({ sink }: Running): Promise<number> {
  for (;;) {
    const { requests, firstMs } = await sink!.tell('look');
    if (requests > 0) return firstMs;
    await sleep(LOOK_MS);
  }
}

async function untilSent({ ownMetricsUrl }: Running, leftBytes: number): Promise<void> {
  for (;;) {
    const page = await (await fetch(ownMetricsUrl)).text();
    const bytes = Number(/^otelcol_exporter_queue_size\{.*\} (\S+)/m.exec(page)?.[1]);
    if (bytes <= leftBytes) return;
    await sleep(LOOK_MS);
  }
}
/** What comes while it drains is always on its way. */
const JUST_COME_BYTES = 1_000_000;

async function checkArrived({ sink }: Running, requests: number): Promise<void> {
  const { spans } = bodyOf(BODY);
  for (let looks = 0; looks < 40; looks++) {
    const received = await sink!.tell('count');
    if (received.spans === requests * spans) return;
    await sleep(LOOK_MS);
  }
  throw new Error(`not every span of the backlog arrived`);
}

function tableOf({ requests, perSecond, highestMebibytes, before, meanwhile }: Drained): string {
  return markdown(
    ['backlog', 'drained requests/s', 'highest RSS MiB', 'p99 ms of 100 requests/s before', 'while it drains'],
    [
      [
        `${grouped(requests)} requests of ${BODY}`,
        grouped(perSecond),
        grouped(highestMebibytes),
        before.p99Ms.toFixed(1),
        meanwhile.p99Ms.toFixed(1),
      ],
    ],
  );
}

const BOUNDS = { drain: 5, p99: 2, mebibytes: 300 } as const;

function targetsOf({ perSecond, highestMebibytes, before, meanwhile }: Drained): readonly Target[] {
  const [speed, slower] = [perSecond / PER_SECOND, meanwhile.p99Ms / before.p99Ms];
  return [
    {
      number: 8,
      measure: 'highest RSS while a backlog drains',
      value: `${highestMebibytes.toFixed(0)} MiB`,
      target: `≤ ${BOUNDS.mebibytes} MiB`,
      met: highestMebibytes <= BOUNDS.mebibytes,
    },
    {
      number: 10,
      measure: `drain of a backlog to an intake of ${PER_SECOND} requests/s`,
      value: `${speed.toFixed(1)} ×`,
      target: `≥ ${BOUNDS.drain} ×`,
      met: speed >= BOUNDS.drain,
    },
    {
      number: 10,
      measure: 'p99 of the intake while it drains to that before',
      value: `${slower.toFixed(2)} ×`,
      target: `≤ ${BOUNDS.p99} ×`,
      met: slower <= BOUNDS.p99,
    },
  ];
}
