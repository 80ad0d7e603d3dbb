/** `validate`: everything that is wrong with a config, without starting anything. */
import { Option } from 'commander';
import { COMPONENTS } from '../components.ts';
import { type ReportFormat, renderFaults } from '../config/render.ts';
import { hasErrors } from '../config/report.ts';
import { planConfig } from '../daemon.ts';
import { EXIT } from './host.ts';
import { type ConfigOptions, configOption, type Verb } from './verb.ts';

type Options = ConfigOptions & Readonly<{ strict: boolean; format: ReportFormat }>;

export const validateVerb: Verb<Options> = {
  name: 'validate',
  summary: 'Check a config: no network, no writable folder, no variables needed.',
  options: [
    configOption,
    () => new Option('--strict', 'a variable that is not set is an error').default(false),
    () => new Option('--format <format>', 'of the report').choices(['text', 'json', 'github']).default('text'),
  ],
  example: 'spanmeter validate --config spanmeter.yaml --format github',
  async execute({ config, strict, format }, { environment, directory, stdout, stderr }) {
    const surroundings = { environment, workingDirectory: directory };
    const { faults, excerpts, files } = planConfig(config, surroundings, COMPONENTS, strict ? 'error' : 'warning');
    const output = format === 'text' ? stderr : stdout;
    output.write(renderFaults(faults, excerpts, format));
    if (hasErrors(faults)) return EXIT.config;
    if (format === 'text') stdout.write(`ok: ${files.join(', ')}\n`);
    return EXIT.ok;
  },
};
