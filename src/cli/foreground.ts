/** What the verbs share that run a daemon in the foreground: its log, and the signals that end it. */
import type { Logger } from '../component/contract.ts';
import type { Fault } from '../config/report.ts';
import type { Plan } from '../graph/plan.ts';
import { createLogger, type RootLogger } from '../telemetry/logger.ts';
import { EXIT, type Host } from './host.ts';

/** Writes as the plan says; first, what is odd about the config. */
export function openLog({ service }: Plan, faults: readonly Fault[], host: Host): RootLogger {
  const { logs } = service.telemetry;
  const logger = createLogger({
    level: logs.level,
    encoding: logs.encoding ?? (host.stderr.isTerminal ? 'console' : 'json'),
    initialFields: logs.initial_fields,
    write: (line) => host.stderr.write(`${line}\n`),
    now: host.now,
  });
  tellFaults(faults, logger);
  return logger;
}

/** For a log, what renderFaults() is for a terminal. */
export function tellFaults(faults: readonly Fault[], logger: Logger): void {
  for (const { level, code, path, place, message, remedy } of faults) {
    const fields = { code, path, file: place.file, line: place.line, fault: message, remedy };
    if (level === 'error') logger.error('the config has a fault', fields);
    else if (level === 'warning') logger.warn('the config may surprise', fields);
    else logger.info('the config holds something without use', fields);
  }
}

/** Of a daemon that cannot start or go on: an error, or a cause of it, may say what a supervisor is to make of it. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof Error)) return EXIT.failure;
  if ('exitCode' in error && typeof error.exitCode === 'number') return error.exitCode;
  return exitCodeOf(error.cause);
}

/** One Ctrl-C under npm reaches the process twice: from the terminal, and from npm. */
const SAME_KEY_MS = 1_000;

/** Resolves at the first signal that asks for a clean stop; a later one ends the process at once. */
export function stopSignal(host: Host): Promise<undefined> {
  return new Promise((resolve) => {
    let firstMs: number | undefined;
    const stop = (exitCode: number) => () => {
      if (firstMs === undefined) firstMs = host.now();
      else if (host.now() - firstMs >= SAME_KEY_MS) host.exit(exitCode);
      resolve(undefined);
    };
    host.onSignal('SIGTERM', stop(EXIT.secondSigterm));
    host.onSignal('SIGINT', stop(EXIT.secondSigint));
  });
}
