/** What every verb of the command line is made of, and the options that several share. */
import { Option } from 'commander';
import type { Host } from './host.ts';

export type Verb<O = never> = Readonly<{
  name: string;
  summary: string;
  /** What stands behind the verb, as help shows it: `<file...>`. They reach execute() as `operands`. */
  operands?: string;
  options: readonly (() => Option)[];
  /** A whole command line. */
  example: string;
  /** Resolves with the exit code. */
  execute: (options: O, host: Host) => Promise<number>;
}>;

export type ConfigOptions = Readonly<{ config: readonly string[] }>;

export const configOption = (): Option =>
  new Option('-c, --config <file>', 'config file; repeatable: later ones win, maps merge, lists replace')
    .default(
      [],
      'the first found: $SPANMETER_CONFIG, ./spanmeter.yaml, $XDG_CONFIG_HOME/spanmeter/config.yaml, /etc/spanmeter/config.yaml; without any of them the built-in config',
    )
    .argParser((file: string, before: readonly string[]) => [...before, file]);

export const dataDirOption = (): Option =>
  new Option('--data-dir <folder>', 'where the journal is kept on disk; wins over the config').default(
    undefined,
    'the first found: service.journal.directory, file_storage, $STATE_DIRECTORY, /var/lib/spanmeter, ~/.local/state/spanmeter',
  );
