/** Measures what it costs that a request is on disk when it is answered: `node bench/journal/durable.ts`, both kinds of journal in turns. */
import { mkdtempSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePort } from '../../test/helpers/free-ports.ts';
import { Page } from '../../test/helpers/page.ts';
import { type Measured, measure, type Target } from '../measure.ts';
import { CORE, Program } from '../programs.ts';
import { median, spread } from '../table.ts';
import { benchFolder } from './folder.ts';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    connections: { type: 'string', default: '64' },
    sizes: { type: 'string', default: '2 KB,8 KB,56 KB' },
    /** Also sends everything on, as most configs will; the compression of that is dearer than the journal. */
    forward: { type: 'boolean', default: false },
    /** Writes a CPU profile of either daemon there. */
    profile: { type: 'string' },
  },
});

type Storage = 'disk' | 'memory';
type Started = Readonly<{ target: Target; folder: string; requests: () => Promise<string> }>;

const root = benchFolder('durable');

for (const size of options.sizes.split(',')) await compare(size);

async function compare(size: string): Promise<void> {
  const load = Program.start('bench/load.ts', [], CORE.other);
  const sink = Program.start('bench/sink.ts', [], CORE.other);
  const [{ port: sinkPort }] = await Promise.all([sink.ask<{ port: number }>(), load.ask()]);
  const started = { disk: await start('disk', sinkPort, sink), memory: await start('memory', sinkPort, sink) };
  const work = { size, connections: Number(options.connections), seconds: Number(options.seconds), seed: Date.now() % 2 ** 31 };
  const rounds: Record<Storage, Measured[]> = { disk: [], memory: [] };
  for (const { target } of Object.values(started)) await measure(load, target, { ...work, seconds: 2 });
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const storage of round % 2 === 0 ? (['disk', 'memory'] as const) : (['memory', 'disk'] as const)) {
      rounds[storage].push(await measure(load, started[storage].target, work));
    }
  }
  for (const storage of ['disk', 'memory'] as const) {
    const { target, requests } = started[storage];
    if ((await requests()) !== String(target.sent)) throw new Error(`${storage}: not every request was counted`);
    const row = (of: (one: Measured) => number, digits: number) => spread(rounds[storage].map(of), digits);
    const cells = [row((one) => one.perSecond, 0), row((one) => one.cpuMicros, 1), `${busy(rounds[storage])} %`];
    const written = storage === 'disk' ? ` | ${(logBytes(started.disk.folder) / target.sent).toFixed(0)} B/request` : '';
    console.log(`${size} | ${storage} | ${cells.join(' | ')} | ${target.program.highestMebibytes.toFixed(0)} MiB${written}`);
  }
  const ratio = (of: (one: Measured) => number) =>
    spread(
      rounds.disk.map((one, round) => of(one) / of(rounds.memory[round]!)),
      2,
    );
  console.log(`${size} | disk / memory | ${ratio((one) => one.perSecond)} | ${ratio((one) => one.cpuMicros)} |`);
  await Promise.all([...Object.values(started).map(({ target }) => target.program), load, sink].map((one) => one.stop()));
}

async function start(storage: Storage, sinkPort: number, sink: Program): Promise<Started> {
  const [port, metricsPort, ownPort] = [await freePort(), await freePort(), await freePort()];
  const folder = mkdtempSync(join(root, `${storage}-`));
  const file = join(folder, 'spanmeter.yaml');
  const exporters = options.forward ? '[genai, otlp_http]' : '[genai]';
  writeFileSync(
    file,
    `
receivers: { otlp: { protocols: { http: { endpoint: 127.0.0.1:${port} } } } }
connectors: { genai: {} }
exporters:
  prometheus: { endpoint: 127.0.0.1:${metricsPort} }
${options.forward ? `  otlp_http: { endpoint: 'http://127.0.0.1:${sinkPort}' }` : ''}
service:
  telemetry: { metrics: { address: 127.0.0.1:${ownPort} } }
  journal: { storage: ${storage}, directory: '${folder}/data', max_size: 4GiB }
  pipelines:
    traces: { receivers: [otlp], exporters: ${exporters} }
    metrics: { receivers: [genai], exporters: [prometheus] }
`,
  );
  const profile = options.profile === undefined ? [] : [`--cpu-prof`, `--cpu-prof-dir=${options.profile}/${storage}`];
  const program = Program.start('src/main.ts', ['run', '-c', file], CORE.measured, profile);
  await program.untilLogged('"msg":"started"');
  const target: Target = { program, port, token: 'none', sent: 0, ...(options.forward && { sink }) };
  const requests = async () => {
    const page = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    return new Page(page).sum('openrouter_requests_total') ?? '0';
  };
  return { target, folder: `${folder}/data`, requests };
}

function busy(rounds: readonly Measured[]): string {
  return (median(rounds.map((one) => one.busy)) * 100).toFixed(0);
}

function logBytes(folder: string): number {
  const names = readdirSync(join(folder, 'journal')).filter((name) => name.endsWith('.log'));
  return names.reduce((sum, name) => sum + statSync(join(folder, 'journal', name)).size, 0);
}
