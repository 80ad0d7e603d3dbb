/** Finds the config files of a daemon that was told where they are in one of several ways. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

export type Surroundings = Readonly<{
  environment: Readonly<Record<string, string | undefined>>;
  workingDirectory: string;
}>;

/** The files to load, in order, as they are to be named in reports; none: the built-in config. */
export function findConfig(named: readonly string[], { environment, workingDirectory }: Surroundings): readonly string[] {
  const { SPANMETER_CONFIG, XDG_CONFIG_HOME, HOME } = environment;
  if (named.length > 0) return named;
  if (SPANMETER_CONFIG) return [SPANMETER_CONFIG];
  const home = XDG_CONFIG_HOME || (HOME && join(HOME, '.config'));
  const places = ['spanmeter.yaml', ...(home ? [join(home, 'spanmeter/config.yaml')] : []), '/etc/spanmeter/config.yaml'];
  return places.filter((place) => existsSync(resolve(workingDirectory, place))).slice(0, 1);
}
