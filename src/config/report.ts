/** What can be wrong with a config: one value per finding, one error for all of them. */
import type { Place } from './place.ts';

/** Stable, and anchors of the error reference. */
const LEVEL_BY_CODE = {
  yaml: 'error',
  unknown_key: 'error',
  missing_key: 'error',
  wrong_value: 'error',
  unknown_type: 'error',
  unknown_id: 'error',
  unset_variable: 'error',
  unsupported: 'error',
  cycle: 'error',
  clash: 'error',
  signal: 'error',
  open_listener: 'warning',
  double_count: 'warning',
  metrics_after_sampling: 'warning',
  removes_input: 'warning',
  drops_data: 'warning',
  keeps_nothing: 'warning',
  no_effect: 'hint',
  unused: 'hint',
} as const;

export type FaultCode = keyof typeof LEVEL_BY_CODE;

/** error: does not start. warning: figures, delivery or exposure may surprise. hint: has no effect. */
export type FaultLevel = 'error' | 'warning' | 'hint';

export type Fault = Readonly<{
  level: FaultLevel;
  code: FaultCode;
  /** As the user spells it; empty for a fault of the whole file. */
  path: string;
  place: Place;
  /** What is wrong. */
  message: string;
  /** What to do about it. */
  remedy?: string | undefined;
}>;

export const FAULT_CODES: readonly FaultCode[] = Object.keys(LEVEL_BY_CODE) as FaultCode[]; // the keys of a literal

/** The level is the one of the code, unless it is lowered. */
export function createFault(finding: Omit<Fault, 'level'> & { level?: FaultLevel | undefined }): Fault {
  return { ...finding, level: finding.level ?? LEVEL_BY_CODE[finding.code] };
}

export function hasErrors(faults: readonly Fault[]): boolean {
  return faults.some(({ level }) => level === 'error');
}

/** The line of a file that a report shows; undefined if it cannot be shown. Secrets in it are covered. */
export type Excerpts = Readonly<{ lineAt(place: Place): string | undefined }>;

/** The user's files cannot be used; holds everything that was found, hints too. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly Fault[];
  readonly excerpts: Excerpts;

  constructor(faults: readonly Fault[], excerpts: Excerpts) {
    super(`cannot use the config: ${summary(faults)}`);
    this.faults = faults;
    this.excerpts = excerpts;
  }
}

/** `5 errors, 1 hint in spanmeter.yaml` */
export function summary(faults: readonly Fault[]): string {
  const counts = (['error', 'warning', 'hint'] as const).flatMap((level) => {
    const count = faults.filter((fault) => fault.level === level).length;
    return count === 0 ? [] : [`${count} ${level}${count === 1 ? '' : 's'}`];
  });
  const files = [...new Set(faults.map(({ place }) => place.file))].sort();
  return files.length === 0 ? 'no faults' : `${counts.join(', ')} in ${files.join(', ')}`;
}
