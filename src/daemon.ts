/** The four steps of a daemon's life: load the config, plan the graph, create it, run it until it is stopped. */
import type { Definition } from './component/define.ts';
import { BUILT_IN_CONFIG, BUILT_IN_NAME } from './config/built-in.ts';
import type { ConfigDocument } from './config/document.ts';
import { findConfig, type Surroundings } from './config/find.ts';
import { loadFiles, loadTexts } from './config/load.ts';
import { ConfigError, type Excerpts } from './config/report.ts';
import { createGraph } from './graph/create.ts';
import type { Memory } from './graph/intake-budget.ts';
import { type Plan, type Planning, plan } from './graph/plan.ts';
import { graphReadings } from './graph/readings.ts';
import { reloadGraph } from './graph/reload.ts';
import { startGraph, stopGraph } from './graph/run.ts';
import { GraphStatus } from './graph/status.ts';
import type { RootLogger } from './telemetry/logger.ts';
import { createOwnTelemetry } from './telemetry/own.ts';
import { type ProcessUsage, processReadings } from './telemetry/process-readings.ts';

export type PlannedConfig = Planning &
  Readonly<{
    /** Undefined if no file could be read as YAML. */
    document: ConfigDocument | undefined;
    excerpts: Excerpts;
    files: readonly string[];
  }>;

/** Loads and plans; what is wrong with the config is in `faults`. `unset`: how bad a variable without a value is. */
export function planConfig(
  named: readonly string[],
  surroundings: Surroundings,
  registry: readonly Definition[],
  unset: 'error' | 'warning',
): PlannedConfig {
  const files = findConfig(named, surroundings);
  const options = { ...surroundings, unset };
  try {
    const document =
      files.length === 0 ? loadTexts([{ file: BUILT_IN_NAME, text: BUILT_IN_CONFIG }], options) : loadFiles(files, options);
    return { ...plan(document, registry), document, excerpts: document, files: files.length === 0 ? [BUILT_IN_NAME] : files };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { plan: undefined, faults: error.faults, document: undefined, excerpts: error.excerpts, files };
  }
}

export type DaemonHost = Readonly<{
  logger: RootLogger;
  now: () => number;
  random: () => number;
  readMemory: () => Memory;
  readUsage: () => ProcessUsage;
  nodeVersion: string;
  /** For a journal on disk. */
  dataDirectory?: string | undefined;
  /** That folder goes with the process. */
  dataIsTemporary?: boolean;
}>;

export interface Daemon {
  /** Resolves with the first fault after which it cannot go on. */
  readonly failed: Promise<Error>;
  /**
   * Goes over to the plan that this gives, one reload after the other. Rejects with the reason if there is none or it cannot
   * run; then everything goes on as before.
   */
  reload(read: () => Plan): Promise<void>;
  /** Ends within the deadline. */
  shutdown(deadline: AbortSignal): Promise<void>;
}

/** Bounds the cleaning up after a start that failed. */
const CLEANUP_DEADLINE_MS = 5_000;

/** Rejects with the reason if something cannot start; then nothing is left open. */
export async function startDaemon(planned: Plan, host: DaemonHost): Promise<Daemon> {
  const { logger, now, random } = host;
  const config = { loadedMs: now(), reloaded: true };
  const { promise: failed, resolve } = Promise.withResolvers<Error>();
  const status = new GraphStatus(planned, now);
  const fail = (id: string, error: Error) => {
    status.note(id, 'failed', error);
    logger.error('cannot go on', { part: id, error });
    resolve(error);
  };
  const health = () => status.read();
  const telemetry = await createOwnTelemetry(planned.service.telemetry, { logger, now, fail });
  const { diagnostics, tracer } = telemetry;
  const data = { dataDirectory: host.dataDirectory, dataIsTemporary: host.dataIsTemporary ?? false };
  const graphHost = { logger, diagnostics, tracer, now, random, memory: host.readMemory(), fail, health, ...data };
  let graph = createGraph(planned, graphHost);
  status.watch(graph);
  telemetry.read(() => processReadings({ usage: host.readUsage(), nodeVersion: host.nodeVersion, config }));
  telemetry.read(() => graphReadings(graph, now()));
  // First up and last down: how the daemon starts and stops can be watched too.
  await telemetry.start?.();
  try {
    await startGraph(graph, AbortSignal.timeout(CLEANUP_DEADLINE_MS), { logger, status });
  } catch (error) {
    await telemetry.shutdown?.(AbortSignal.timeout(CLEANUP_DEADLINE_MS));
    throw error;
  }

  const turns = new Turns();
  return {
    failed,
    reload: (read) =>
      turns.take(async () => {
        try {
          graph = await reloadGraph(graph, read(), graphHost, { logger, status });
          Object.assign(config, { loadedMs: now(), reloaded: true });
        } catch (error) {
          config.reloaded = false;
          throw error;
        }
      }),
    async shutdown(deadline) {
      await turns.end();
      await stopGraph(graph, deadline, { logger, status });
      await telemetry.shutdown?.(deadline);
    },
  };
}

/** One after the other, none after the end. */
class Turns {
  #last = Promise.resolve();
  #ended = false;

  take(work: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(async () => {
      if (!this.#ended) await work();
    });
    this.#last = turn.catch(() => undefined); // told to whoever asked for it
    return turn;
  }

  async end(): Promise<void> {
    this.#ended = true;
    await this.#last;
  }
}
