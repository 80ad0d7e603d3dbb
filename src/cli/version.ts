/** `version`: which spanmeter this is, and what runs it. */
import { Option } from 'commander';
import { VERSION } from '../telemetry/version.ts';
import { EXIT } from './host.ts';
import type { Verb } from './verb.ts';

export const versionVerb: Verb<Readonly<{ json: boolean }>> = {
  name: 'version',
  summary: 'Print the version.',
  options: [() => new Option('--json', 'as JSON').default(false)],
  example: 'spanmeter version --json',
  async execute({ json }, { stdout, nodeVersion }) {
    stdout.write(
      json ? `${JSON.stringify({ version: VERSION, node: nodeVersion })}\n` : `spanmeter ${VERSION} (node ${nodeVersion})\n`,
    );
    return EXIT.ok;
  },
};
