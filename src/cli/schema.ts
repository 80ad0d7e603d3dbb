/** `schema`: the JSON Schema of the config, for editors. */
import { COMPONENTS } from '../components.ts';
import { configJsonSchema } from '../config/json-schema.ts';
import { EXIT } from './host.ts';
import type { Verb } from './verb.ts';

export const schemaVerb: Verb = {
  name: 'schema',
  summary: 'Print the JSON Schema (draft-07) of the config.',
  options: [],
  example: 'spanmeter schema > spanmeter.schema.json',
  async execute(_options, { stdout }) {
    stdout.write(`${JSON.stringify(configJsonSchema(COMPONENTS), null, 2)}\n`);
    return EXIT.ok;
  },
};
