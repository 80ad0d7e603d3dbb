/** Who is compared with whom. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pairs, parseDockerfile } from '../test/helpers/dockerfile.ts';
import { findCollector } from '../test/helpers/otelcol-program.ts';
import { type CollectorSettings, collectorConfig } from './collector-config.ts';
import { type Contestant, startContestant } from './contestant.ts';
import { CORE, Program } from './programs.ts';
import { type Changes, spanmeterConfig } from './spanmeter-config.ts';
import { TOKEN } from './templates.ts';

const DOCKERFILE = new URL('../Dockerfile', import.meta.url);

/** As the image runs it: compiled, with the same Node options, and a data directory of its own; but what an earlier start compiled is kept. `profile`: a folder for CPU profiles, written when it stops. */
export function spanmeter(name: string, changes: Changes = {}, profile?: string): Contestant {
  const { forwards = true, pipelines = 1, exporters = 1 } = changes;
  const copies = forwards ? pipelines * exporters : 0;
  const start = () =>
    startContestant(copies, (ports, folder) => {
      const file = join(folder, 'spanmeter.yaml');
      writeFileSync(file, spanmeterConfig({ ports, token: TOKEN, changes }), { mode: 0o600 });
      const args = ['run', '-c', file, '--data-dir', join(folder, 'data')];
      const { options, environment } = image();
      if (profile !== undefined) options.push(...profiling(profile, name));
      return Program.script('bin/spanmeter.js', args, CORE.measured, { options, environment });
    });
  return { name, start, copies };
}

/** What the image gives the program. */
function image(): Readonly<{ options: string[]; environment: NodeJS.ProcessEnv }> {
  const instructions = parseDockerfile(readFileSync(DOCKERFILE, 'utf8'));
  const last = (name: string) => instructions.findLast((instruction) => instruction.name === name)?.text ?? '';
  const command: readonly string[] = JSON.parse(last('ENTRYPOINT'));
  return {
    options: command.filter((word) => word.startsWith('--')),
    environment: pairs(last('ENV')),
  };
}

function profiling(folder: string, name: string): readonly string[] {
  const file = `${name.replace(/\W+/g, '-')}-${Date.now()}.cpuprofile`;
  return ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-name=${file}`];
}

export type CollectorChanges = Omit<CollectorSettings, 'ports' | 'token' | 'directory'>;

export function collector(name: string, binary: string, changes: CollectorChanges): Contestant {
  const start = () =>
    startContestant(1, (ports, folder) => {
      const file = join(folder, 'otelcol.yaml');
      writeFileSync(file, collectorConfig({ ...changes, ports, token: TOKEN, directory: join(folder, 'queue') }));
      return Program.start([binary, '--config', file], CORE.measured, { GOMAXPROCS: '1' });
    });
  return { name, start, copies: 1 };
}

/** A bare server; `keeps`: what it takes is on disk before it answers. */
export function twin(name: string, keeps: boolean): Contestant {
  const start = () =>
    startContestant(0, ({ intake }, folder) => {
      const args = [String(intake), ...(keeps ? [join(folder, 'kept')] : [])];
      return Program.script('bench/twin.ts', args, CORE.measured);
    });
  return { name, start, copies: 0 };
}

/** Undefined, with the reason told, where no Collector can be built. */
export async function collectorProgram(): Promise<string | undefined> {
  const { program, missing } = await findCollector();
  if (missing !== false) console.error(`without a Collector: ${missing}`);
  return missing === false ? program : undefined;
}
