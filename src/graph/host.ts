/** What the daemon lends its components. */
import type { Context, Diagnostics, Health } from '../component/contract.ts';
import type { RootLogger } from '../telemetry/logger.ts';
import type { OwnTracer } from '../telemetry/tracer.ts';
import type { Memory } from './intake-budget.ts';

export type GraphHost = Readonly<{
  logger: RootLogger;
  diagnostics: Diagnostics;
  now: () => number;
  random: () => number;
  memory: Memory;
  /** A component broke after its start. */
  fail: (id: string, error: Error) => void;
  health: () => Health;
  /** Undefined: nobody wants spans about the daemon. */
  tracer?: OwnTracer | undefined;
  /** For a journal on disk. */
  dataDirectory?: string | undefined;
  /** That folder goes with the process: a stop first delivers what waits, as it does without a disk. */
  dataIsTemporary?: boolean;
}>;

export function contextOf(id: string, host: GraphHost): Context {
  const { logger, now, diagnostics, fail } = host;
  return { id, logger: logger.forComponent(id), now, diagnostics, fail: (error) => fail(id, error) };
}
