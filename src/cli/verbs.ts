/** Every verb that there is, in the order of the help; the only list of them. */
import { benchDiskVerb } from './bench-disk.ts';
import { componentsVerb } from './components.ts';
import { deadLetterVerbs } from './dead-letters.ts';
import { demoVerb } from './demo.ts';
import { healthcheckVerb } from './healthcheck.ts';
import { journalVerbs } from './journal.ts';
import { metricsVerb } from './metrics.ts';
import { printConfigVerb } from './print-config.ts';
import { replayVerb } from './replay.ts';
import { runVerb } from './run.ts';
import { schemaVerb } from './schema.ts';
import { validateVerb } from './validate.ts';
import type { Verb } from './verb.ts';
import { versionVerb } from './version.ts';

export const VERBS: readonly Verb[] = [
  runVerb,
  demoVerb,
  validateVerb,
  printConfigVerb,
  metricsVerb,
  replayVerb,
  ...journalVerbs,
  ...deadLetterVerbs,
  benchDiskVerb,
  healthcheckVerb,
  componentsVerb,
  schemaVerb,
  versionVerb,
];
