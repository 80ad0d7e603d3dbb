/** `demo`: the daemon with made-up traffic, and a total that shows whether all of it was counted. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { COMPONENTS } from '../components.ts';
import { duration } from '../config/fields.ts';
import { loadTexts } from '../config/load.ts';
import { renderFaults } from '../config/render.ts';
import { planConfig } from '../daemon.ts';
import { DEMO_NAME, demoConfig } from '../demo/config.ts';
import { Sink } from '../demo/sink.ts';
import { plan } from '../graph/plan.ts';
import { openLog } from './foreground.ts';
import { EXIT, type Host } from './host.ts';
import { type ConfigOptions, configOption, type Verb } from './verb.ts';

type Options = ConfigOptions & Readonly<{ duration?: number; rate: number; seed: number }>;

export const demoVerb: Verb<Options> = {
  name: 'demo',
  summary:
    'Run the daemon with made-up OpenRouter traffic; nothing leaves this computer unless a config says so, and nothing is left on it.',
  options: [
    () => configOption().default([], 'one that meters, and forwards to the demo itself'),
    () => new Option('--duration <time>', 'when to stop, such as 30s; without it at Ctrl-C').argParser(milliseconds),
    () => new Option('--rate <number>', 'deliveries in a second').argParser(positive).default(5),
    () => new Option('--seed <number>', 'another one makes other traffic').argParser(whole).default(1),
  ],
  example: 'spanmeter demo --duration 30s --rate 20',
  async execute(options, host) {
    const sink = options.config.length === 0 ? new Sink() : undefined;
    try {
      const planned = sink === undefined ? planFiles(options.config, host) : planDefault(await sink.open(), host);
      if (planned.plan === undefined) {
        host.stderr.write(renderFaults(planned.faults, planned.excerpts));
        return EXIT.config;
      }
      const logger = openLog(planned.plan, planned.faults, host);
      try {
        const { runDemo } = await import('./demo-run.ts'); // nobody else needs what it loads
        const demo = { ...options, plan: planned.plan, sink };
        return await inTemporaryFolder((dataDirectory) =>
          runDemo(demo, { ...host, logger, dataDirectory, dataIsTemporary: true }),
        );
      } catch (error) {
        logger.error('cannot run the demo', { error });
        return EXIT.failure;
      }
    } finally {
      await sink?.close();
    }
  },
};

/** Whatever a config says: what is made up has no place beside what is kept. */
async function inTemporaryFolder(work: (folder: string) => Promise<number>): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'spanmeter-demo-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function planFiles(config: readonly string[], { environment, directory }: Host) {
  return planConfig(config, { environment, workingDirectory: directory }, COMPONENTS, 'error');
}

function planDefault(sinkUrl: string, { environment, directory }: Host) {
  const options = { environment, workingDirectory: directory, unset: 'error' } as const;
  const document = loadTexts([{ file: DEMO_NAME, text: demoConfig(sinkUrl) }], options);
  return { ...plan(document, COMPONENTS), excerpts: document };
}

function milliseconds(written: string): number {
  const { success, data } = duration().safeParse(written);
  if (!success || data <= 0) throw new InvalidArgumentError('expected a time such as "30s".');
  return data;
}

function positive(written: string): number {
  const number = Number(written);
  if (!Number.isFinite(number) || number <= 0) throw new InvalidArgumentError('expected a number above 0.');
  return number;
}

function whole(written: string): number {
  const number = Number(written);
  if (!Number.isSafeInteger(number) || number < 0) throw new InvalidArgumentError('expected a whole number.');
  return number;
}
