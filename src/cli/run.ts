/** `run`: the daemon, in the foreground, until a signal or a fault ends it. */
import { COMPONENTS } from '../components.ts';
import type { Surroundings } from '../config/find.ts';
import { findDataDirectory } from '../config/find-data.ts';
import { renderFaults } from '../config/render.ts';
import { type DaemonHost, type PlannedConfig, planConfig, startDaemon } from '../daemon.ts';
import type { Plan } from '../graph/plan.ts';
import { lacksSecurityFixes } from '../telemetry/node-release.ts';
import { VERSION } from '../telemetry/version.ts';
import { exitCodeOf, openLog, stopSignal } from './foreground.ts';
import { EXIT, type Host } from './host.ts';
import { ConfigReload } from './reload.ts';
import { type ConfigOptions, configOption, dataDirOption, type Verb } from './verb.ts';

/** Some supervisors wait for ten seconds; what is cut at the deadline needs the last of them to end. */
const STOP_DEADLINE_MS = 9_000;
const LINGER_MS = 500;

type Options = ConfigOptions & Readonly<{ dataDir?: string }>;

export const runVerb: Verb<Options> = {
  name: 'run',
  summary: 'Start the daemon; it runs in the foreground until SIGTERM or SIGINT. SIGHUP and a changed file reload the config.',
  options: [configOption, dataDirOption],
  example: 'spanmeter run --config spanmeter.yaml',
  async execute({ config, dataDir }, host) {
    const surroundings = { environment: host.environment, workingDirectory: host.directory };
    const read = () => planConfig(config, surroundings, COMPONENTS, 'error');
    const planned = read();
    const { plan, faults, excerpts } = planned;
    if (plan === undefined) {
      host.stderr.write(renderFaults(faults, excerpts));
      return EXIT.config;
    }
    const logger = openLog(plan, faults, host);
    try {
      const exitCode = await runDaemon(plan, planned, read, dataDirectoryOf(plan, dataDir, surroundings), { ...host, logger });
      logger.info('stopped');
      // Whatever a library still waits for must not hold up the end; with nothing left to wait for, this waits for nothing.
      setTimeout(() => host.exit(exitCode), LINGER_MS).unref();
      return exitCode;
    } catch (error) {
      logger.error('cannot start', { error });
      return exitCodeOf(error);
    }
  },
};

async function runDaemon(
  plan: Plan,
  { document, files }: PlannedConfig,
  read: () => PlannedConfig,
  dataDirectory: string | undefined,
  host: Host & DaemonHost,
): Promise<number> {
  const { logger, directory, nodeVersion } = host;
  const facts = { version: VERSION, config: files.join(','), hash: document?.hash, data: dataDirectory ?? 'memory' };
  logger.info('starting', { ...facts, node: nodeVersion });
  if (lacksSecurityFixes(nodeVersion)) {
    logger.warn('this Node lacks security fixes; update it to 22.22, 24.13 or newer', { node: nodeVersion });
  }
  // Before the start: process 1 of a container has no other answer to a signal.
  const stop = stopSignal(host);
  let reload: ConfigReload | undefined;
  host.onSignal('SIGHUP', () => void reload?.reload('SIGHUP'));
  const daemon = await startDaemon(plan, { ...host, dataDirectory });
  reload = new ConfigReload({ files, directory, read, daemon, logger });
  await reload.start();
  logger.info('started', facts);
  const fault = await Promise.race([stop, daemon.failed]);
  logger.info('stopping', { deadline_seconds: STOP_DEADLINE_MS / 1000 });
  await reload.shutdown();
  await daemon.shutdown(AbortSignal.timeout(STOP_DEADLINE_MS));
  return fault === undefined ? EXIT.ok : exitCodeOf(fault);
}

/** Absolute; undefined while nothing is kept on disk. */
function dataDirectoryOf({ journal }: Plan, flag: string | undefined, surroundings: Surroundings): string | undefined {
  if (journal.storage === 'memory') return undefined;
  const found = findDataDirectory({ flag, config: journal.directory }, surroundings);
  if (found !== undefined) return found.path;
  throw new Error('cannot find a folder for the journal; set --data-dir, service.journal.directory or $HOME');
}
