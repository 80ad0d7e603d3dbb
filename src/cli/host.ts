/** What a verb may know of the process it runs in; main.ts hands it over. */

import type { Memory } from '../graph/intake-budget.ts';
import type { ProcessUsage } from '../telemetry/process-readings.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export type Output = Readonly<{ write: (text: string) => void; isTerminal: boolean }>;

export type PosixSignal = 'SIGTERM' | 'SIGINT' | 'SIGHUP';

export type Host = Readonly<{
  environment: Environment;
  /** Where the person stands: relative paths mean this folder, also through npm, which changes the working directory. */
  directory: string;
  /** Results. */
  stdout: Output;
  /** Logs and reports. */
  stderr: Output;
  onSignal: (posixSignal: PosixSignal, listener: () => void) => void;
  /** Ends the process at once. */
  exit: (code: number) => void;
  now: () => number;
  random: () => number;
  readMemory: () => Memory;
  readUsage: () => ProcessUsage;
  nodeVersion: string;
}>;

/** What a verb ends with; supervisors must not restart on `data` and `config`. */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  /** The data directory cannot be used as it is. */
  data: 65,
  /** The disk failed. */
  disk: 74,
  config: 78,
  secondSigint: 130,
  secondSigterm: 143,
} as const;
