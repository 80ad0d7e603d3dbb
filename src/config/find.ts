/** Finds the config files of a daemon that was not told, or was told in more than one way. */

export type Surroundings = Readonly<{
  environment: Readonly<Record<string, string | undefined>>;
  workingDirectory: string;
}>;

/** The files to load, in order; none: the built-in config. */
export function findConfig(named: readonly string[], { environment: { SPANMETER_CONFIG } }: Surroundings): readonly string[] {
  return named.length > 0 ? named : [SPANMETER_CONFIG ?? 'spanmeter.yaml'];
}
