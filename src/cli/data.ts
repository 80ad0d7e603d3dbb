/** Leads the verbs about kept data to the data directory of a config. */
import { Option } from 'commander';
import { COMPONENTS } from '../components.ts';
import { findDataDirectory } from '../config/find-data.ts';
import { renderFaults } from '../config/render.ts';
import { planConfig } from '../daemon.ts';
import { exitCodeOf } from './foreground.ts';
import { EXIT, type Host } from './host.ts';
import { JournalFiles } from './journal-files.ts';
import { type ConfigOptions, configOption, dataDirOption } from './verb.ts';

export type DataOptions = ConfigOptions & Readonly<{ dataDir?: string; json: boolean }>;

export const dataOptions: readonly (() => Option)[] = [
  configOption,
  dataDirOption,
  () => new Option('--json', 'as JSON').default(false),
];

/** What the work returns, or the exit code of what stood in its way, which was told. */
export async function withData(
  options: DataOptions,
  host: Host,
  work: (files: JournalFiles) => Promise<number>,
): Promise<number> {
  const directory = dataDirectoryOf(options, host);
  if (typeof directory === 'number') return directory;
  try {
    return await work(new JournalFiles(directory));
  } catch (error) {
    host.stderr.write(`${messagesOf(error)}\n`);
    return exitCodeOf(error);
  }
}

export function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Or the exit code. */
export function dataDirectoryOf({ config, dataDir: flag }: Omit<DataOptions, 'json'>, host: Host): string | number {
  const surroundings = { environment: host.environment, workingDirectory: host.directory };
  if (flag !== undefined) return findDataDirectory({ flag }, surroundings)?.path ?? EXIT.usage;
  const { plan, faults, excerpts } = planConfig(config, surroundings, COMPONENTS, 'warning');
  if (plan === undefined) {
    host.stderr.write(renderFaults(faults, excerpts));
    return EXIT.config;
  }
  const found = findDataDirectory({ config: plan.journal.directory }, surroundings);
  if (found !== undefined) return found.path;
  host.stderr.write('cannot find the data directory; name it with --data-dir\n');
  return EXIT.failure;
}

function messagesOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${messagesOf(error.cause)}`;
}
