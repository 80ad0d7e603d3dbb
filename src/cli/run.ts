/** `run`: the daemon, in the foreground, until a signal or a fault ends it. */
import { COMPONENTS } from '../components.ts';
import { renderFaults } from '../config/render.ts';
import { planConfig, startDaemon } from '../daemon.ts';
import { createLogger } from '../telemetry/logger.ts';
import { VERSION } from '../telemetry/version.ts';
import { EXIT, type Host } from './host.ts';
import { type ConfigOptions, configOption, type Verb } from './verb.ts';

/** Below the 30 s that Kubernetes gives a pod. */
const STOP_DEADLINE_MS = 10_000;

export const runVerb: Verb<ConfigOptions> = {
  name: 'run',
  summary: 'Start the daemon; it runs in the foreground until SIGTERM or SIGINT.',
  options: [configOption],
  example: 'spanmeter run --config spanmeter.yaml',
  async execute({ config }, host) {
    const surroundings = { environment: host.environment, workingDirectory: host.directory };
    const { plan, faults, excerpts, files } = planConfig(config, surroundings, COMPONENTS, 'error');
    if (plan === undefined) {
      host.stderr.write(renderFaults(faults, excerpts));
      return EXIT.config;
    }
    const { logs } = plan.service.telemetry;
    const logger = createLogger({
      level: logs.level,
      encoding: logs.encoding ?? (host.stderr.isTerminal ? 'console' : 'json'),
      initialFields: logs.initial_fields,
      write: (line) => host.stderr.write(`${line}\n`),
      now: host.now,
    });
    for (const { level, code, path, place, message, remedy } of faults) {
      const fields = { code, path, file: place.file, line: place.line, fault: message, remedy };
      if (level === 'warning') logger.warn('the config may surprise', fields);
      else logger.info('the config holds something without use', fields);
    }
    try {
      const daemon = await startDaemon(plan, { ...host, logger });
      logger.info('started', { version: VERSION, config: files.join(',') });
      const fault = await Promise.race([stopSignal(host), daemon.failed]);
      await daemon.shutdown(AbortSignal.timeout(STOP_DEADLINE_MS));
      logger.info('stopped');
      return fault === undefined ? EXIT.ok : EXIT.failure;
    } catch (error) {
      logger.error('cannot start', { error });
      return EXIT.failure;
    }
  },
};

/** Resolves at the first signal that asks for a clean stop; the second one ends the process at once. */
function stopSignal(host: Host): Promise<undefined> {
  return new Promise((resolve) => {
    let stopping = false;
    const stop = (exitCode: number) => () => {
      if (stopping) host.exit(exitCode);
      stopping = true;
      resolve(undefined);
    };
    host.onSignal('SIGTERM', stop(EXIT.secondSigterm));
    host.onSignal('SIGINT', stop(EXIT.secondSigint));
  });
}
