/** `print-config`: the config as the daemon sees it, files merged and references resolved. */
import { Option } from 'commander';
import { COMPONENTS } from '../components.ts';
import { renderFaults } from '../config/render.ts';
import { planConfig } from '../daemon.ts';
import { printConfig } from '../graph/print.ts';
import { EXIT } from './host.ts';
import { type ConfigOptions, configOption, type Verb } from './verb.ts';

type Options = ConfigOptions & Readonly<{ unredacted: boolean }>;

export const printConfigVerb: Verb<Options> = {
  name: 'print-config',
  summary: 'Print the config with files merged and references resolved; secrets are covered.',
  options: [configOption, () => new Option('--unredacted', 'show secrets').default(false)],
  example: 'spanmeter print-config --config spanmeter.yaml',
  async execute({ config, unredacted }, { environment, directory, stdout, stderr }) {
    const surroundings = { environment, workingDirectory: directory };
    const { plan, document, faults, excerpts } = planConfig(config, surroundings, COMPONENTS, 'error');
    if (plan === undefined || document === undefined) {
      stderr.write(renderFaults(faults, excerpts));
      return EXIT.config;
    }
    stdout.write(printConfig(document, COMPONENTS, unredacted));
    return EXIT.ok;
  },
};
