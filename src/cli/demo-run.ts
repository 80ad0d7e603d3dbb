/** One demo from start to end: the daemon, who sends to it, and what they have to agree on. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Daemon, type DaemonHost, startDaemon } from '../daemon.ts';
import { Application } from '../demo/application.ts';
import { sendTraffic } from '../demo/drive.ts';
import { figuresOnPage } from '../demo/page-figures.ts';
import { totalTable } from '../demo/report.ts';
import type { Sink } from '../demo/sink.ts';
import { type ByModel, equal, joined } from '../demo/tally.ts';
import { tell } from '../demo/tell.ts';
import { createTraffic } from '../demo/traffic.ts';
import { type Door, Visitor } from '../demo/visitor.ts';
import type { Plan } from '../graph/plan.ts';
import { VERSION } from '../telemetry/version.ts';
import { metricsDoor, tracesDoor } from './doors.ts';
import { stopSignal } from './foreground.ts';
import { onFreePorts } from './free-ports.ts';
import { EXIT, type Host } from './host.ts';

export type Demo = Readonly<{
  plan: Plan;
  /** Takes what is forwarded; absent where a config says where that goes. */
  sink: Sink | undefined;
  duration?: number;
  rate: number;
  seed: number;
}>;

export type DemoHost = Host & DaemonHost;

const TELL_EVERY_SECONDS = 10;
const FORWARDING_DEADLINE_MS = 5_000;
const STOP_DEADLINE_MS = 3_000;
/** Somebody else may take a port between the look and the leap. */
const STARTS = 5;

export async function runDemo(demo: Demo, host: DemoHost): Promise<number> {
  const { daemon, plan } = await startOnFreePorts(demo.plan, host);
  try {
    const [traces, metrics] = [await tracesDoor(plan, host), await metricsDoor(plan, host)];
    if (traces === undefined || metrics === undefined) {
      throw new Error('a demo needs a receiver otlp, and a connector genai that an exporter prometheus shows');
    }
    host.stdout.write(greeting(demo, traces, metrics));
    const [sender, reader] = [new Visitor(traces), new Visitor(metrics)];
    const read = async () => figuresOnPage(await reader.read(), prefixOf(plan));
    try {
      return await run(demo, { sender, application: new Application(traces, demo.seed), read, failed: daemon.failed }, host);
    } finally {
      await Promise.all([sender.close(), reader.close()]);
    }
  } finally {
    await daemon.shutdown(AbortSignal.timeout(STOP_DEADLINE_MS));
  }
}

async function startOnFreePorts(plan: Plan, host: DemoHost): Promise<Readonly<{ daemon: Daemon; plan: Plan }>> {
  for (let starts = 1; ; starts += 1) {
    const moved = await onFreePorts(plan);
    try {
      return { daemon: await startDaemon(moved, host), plan: moved };
    } catch (error) {
      if (starts === STARTS || !isTaken(error)) throw error;
    }
  }
}

type Parties = Readonly<{
  sender: Visitor;
  application: Application;
  /** What the daemon has counted. */
  read: () => Promise<ByModel>;
  failed: Daemon['failed'];
}>;

async function run({ duration, rate, seed, sink }: Demo, parties: Parties, host: Host): Promise<number> {
  const { sender, application, read, failed } = parties;
  const traffic = createTraffic(seed);
  const stopping = new AbortController();
  const over = [stopSignal(host), failed, ...(duration === undefined ? [] : [pause(duration)])];
  const sending = sendTraffic({ traffic, sender, application, deliveriesPerSecond: rate, now: host.now }, stopping.signal);
  const write = (line: string) => host.stdout.write(`  ${line}\n`);
  const telling = tell({ read, forwarded: () => sink?.spans, write, everySeconds: TELL_EVERY_SECONDS }, stopping.signal);
  try {
    const fault = await Promise.race([...over, sending, telling]);
    if (fault instanceof Error) return EXIT.failure; // the daemon has said why
    stopping.abort();
    await Promise.all([sending, telling]);
    await application.shutdown();
    const sent = { byModel: joined(traffic.byModel, application.byModel), spans: traffic.spans + application.spans };
    const forwarded = sink && (await untilForwarded(sink, sent.spans));
    return conclude(await read(), sent, forwarded, host);
  } finally {
    stopping.abort();
  }
}

type Sent = Readonly<{ byModel: ByModel; spans: number }>;

function conclude(counted: ByModel, sent: Sent, forwarded: number | undefined, { stdout, stderr }: Host): number {
  stdout.write(`\n${totalTable(counted)}`);
  if (!equal(counted, sent.byModel)) {
    stderr.write(`cannot account for all traffic: what was sent adds up to something else:\n${totalTable(sent.byModel)}`);
    return EXIT.failure;
  }
  stdout.write('counted exactly what was sent\n');
  if (forwarded === undefined) return EXIT.ok;
  if (forwarded !== sent.spans) {
    stderr.write(`cannot account for all spans: ${sent.spans} were sent, ${forwarded} forwarded\n`);
    return EXIT.failure;
  }
  stdout.write(`forwarded: ${forwarded} spans, each once\n`);
  return EXIT.ok;
}

async function untilForwarded(sink: Sink, spans: number): Promise<number> {
  const deadlineMs = performance.now() + FORWARDING_DEADLINE_MS;
  while (sink.spans < spans && performance.now() < deadlineMs) await pause(10);
  return sink.spans;
}

function greeting({ sink }: Demo, traces: Door, metrics: Door): string {
  const where = sink === undefined ? 'forwarded as the config says' : 'nothing leaves this computer';
  const title = `spanmeter ${VERSION}  demo: made-up traffic, ${where}`;
  return `${title.padEnd(78)} ready in ${(performance.now() / 1000).toFixed(1)} s
  metrics  ${metrics.url}        (Ctrl-C stops everything)
  OTLP     ${traces.url}
`;
}

/** What the names of the metrics begin with on the page. */
function prefixOf({ metrics }: Plan): string {
  const [pipeline] = metrics;
  const { prefix = 'openrouter' } = pipeline?.connectors[0]?.config ?? {};
  const { namespace = '' } = pipeline?.exporters[0]?.config ?? {};
  return [namespace, prefix].filter((part) => part !== '').join('_');
}

function isTaken(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && error.code === 'EADDRINUSE') || isTaken(error.cause);
}
