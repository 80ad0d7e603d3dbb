/** Why a journal on disk cannot start or go on; the exit code tells a supervisor what to make of it. */
import { codeOf } from './disk.ts';

/** 1: mend the surroundings; 65: the data needs a person; 74: the disk failed, a restart finds out what it holds. */
export type JournalExitCode = 1 | 65 | 74;

export class JournalError extends Error {
  override readonly name = 'JournalError';
  readonly exitCode: JournalExitCode;

  constructor(exitCode: JournalExitCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.exitCode = exitCode;
  }
}

/** `what` could not be done, and what the disk holds is in doubt. */
export function diskFailed(what: string, cause: unknown): JournalError {
  return new JournalError(74, `cannot ${what}: ${codeOf(cause) ?? cause}; the disk has to be looked at`, cause);
}
