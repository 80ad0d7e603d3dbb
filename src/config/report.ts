/** What can be wrong with a config: one value per finding, one error for all of them. */
import type { Place } from './place.ts';

/** Codes are stable, and anchors of the error reference. */
export const FAULTS = {
  yaml: { level: 'error', meaning: 'A file cannot be read, or is not YAML.' },
  unknown_key: { level: 'error', meaning: 'No setting has this name here.' },
  missing_key: { level: 'error', meaning: 'A setting without a default is not there.' },
  wrong_value: { level: 'error', meaning: 'The value is not what the setting takes.' },
  unknown_type: { level: 'error', meaning: 'No component of this type is built in.' },
  unknown_id: { level: 'error', meaning: 'A component is named that the config does not define or enable.' },
  unset_variable: {
    level: 'error',
    meaning: 'A variable or file that the config refers to is not there; a warning in `validate`.',
  },
  unsupported: {
    level: 'error',
    meaning: 'The Collector knows it; ignoring it here would change figures, delivery or exposure.',
  },
  cycle: { level: 'error', meaning: 'Pipelines feed each other in a circle.' },
  clash: { level: 'error', meaning: 'Two components cannot exist beside each other, for example on one port.' },
  too_many: { level: 'error', meaning: 'There are more of them than can be kept apart.' },
  signal: { level: 'error', meaning: 'A component does not carry the signal of its pipeline, or a pipeline lacks an end.' },
  open_listener: { level: 'warning', meaning: 'Anybody who reaches the address can send spans, and so money figures.' },
  double_count: { level: 'warning', meaning: 'The same span reaches a metric by two ways.' },
  metrics_after_sampling: { level: 'warning', meaning: 'Metrics cover only what a sampler lets pass.' },
  removes_input: { level: 'warning', meaning: 'A processor removes what a connector behind it reads.' },
  drops_data: { level: 'warning', meaning: 'Spans are given up under a condition that the config sets.' },
  keeps_nothing: { level: 'warning', meaning: 'Nothing passes.' },
  no_effect: { level: 'hint', meaning: 'The setting is accepted and changes nothing here.' },
  unused: { level: 'hint', meaning: 'The component is defined and in no pipeline.' },
} as const;

export type FaultCode = keyof typeof FAULTS;

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

/** The level is the one of the code, unless it is lowered. */
export function createFault(finding: Omit<Fault, 'level'> & { level?: FaultLevel | undefined }): Fault {
  return { ...finding, level: finding.level ?? FAULTS[finding.code].level };
}

export function hasErrors(faults: readonly Fault[]): boolean {
  return faults.some(({ level }) => level === 'error');
}

/** Gives the line that a report shows; undefined where there is none. Secrets in it are covered. */
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
