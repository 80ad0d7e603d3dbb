/** `run`: the daemon, in the foreground, until a signal or a fault ends it. */
import { COMPONENTS } from '../components.ts';
import { renderFaults } from '../config/render.ts';
import { planConfig, startDaemon } from '../daemon.ts';
import { lacksSecurityFixes } from '../telemetry/node-release.ts';
import { VERSION } from '../telemetry/version.ts';
import { exitCodeOf, openLog, stopSignal } from './foreground.ts';
import { EXIT } from './host.ts';
import { ConfigReload } from './reload.ts';
import { type ConfigOptions, configOption, type Verb } from './verb.ts';

/** Below the 30 s that Kubernetes gives a pod. */
const STOP_DEADLINE_MS = 10_000;
const LINGER_MS = 500;

export const runVerb: Verb<ConfigOptions> = {
  name: 'run',
  summary: 'Start the daemon; it runs in the foreground until SIGTERM or SIGINT. SIGHUP and a changed file reload the config.',
  options: [configOption],
  example: 'spanmeter run --config spanmeter.yaml',
  async execute({ config }, host) {
    const surroundings = { environment: host.environment, workingDirectory: host.directory };
    const read = () => planConfig(config, surroundings, COMPONENTS, 'error');
    const { plan, document, faults, excerpts, files } = read();
    if (plan === undefined) {
      host.stderr.write(renderFaults(faults, excerpts));
      return EXIT.config;
    }
    const logger = openLog(plan, faults, host);
    const data = plan.service.journal.storage;
    const facts = { version: VERSION, config: files.join(','), hash: document?.hash, data };
    logger.info('starting', { ...facts, node: host.nodeVersion });
    if (lacksSecurityFixes(host.nodeVersion)) {
      logger.warn('this Node lacks security fixes; update it to 22.22, 24.13 or newer', { node: host.nodeVersion });
    }
    try {
      let reload: ConfigReload | undefined;
      // While it starts nothing is reloaded, but a signal must not end it either.
      host.onSignal('SIGHUP', () => void reload?.reload('SIGHUP'));
      const daemon = await startDaemon(plan, { ...host, logger });
      reload = new ConfigReload({ files, directory: host.directory, read, daemon, logger });
      await reload.start();
      logger.info('started', facts);
      const fault = await Promise.race([stopSignal(host), daemon.failed]);
      logger.info('stopping', { deadline_seconds: STOP_DEADLINE_MS / 1000 });
      await reload.shutdown();
      await daemon.shutdown(AbortSignal.timeout(STOP_DEADLINE_MS));
      logger.info('stopped');
      const exitCode = fault === undefined ? EXIT.ok : exitCodeOf(fault);
      // Whatever a library still waits for must not hold up the end; with nothing left to wait for, this waits for nothing.
      setTimeout(() => host.exit(exitCode), LINGER_MS).unref();
      return exitCode;
    } catch (error) {
      logger.error('cannot start', { error });
      return exitCodeOf(error);
    }
  },
};
