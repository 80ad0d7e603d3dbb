/** The known shapes of OpenRouter's deliveries, in the order of their names, as they are on the wire: without the end of line of a file. */
import { readdirSync, readFileSync } from 'node:fs';

const FOLDER = new URL('../fixtures/samples/', import.meta.url);

export const SAMPLES: readonly Readonly<{ name: string; body: Buffer }>[] = readdirSync(FOLDER)
  .sort()
  .map((file) => ({
    name: file.split('-')[0] ?? file,
    body: Buffer.from(readFileSync(new URL(file, FOLDER), 'utf8').trimEnd()),
  }));

/** Exact sum of the costs in all samples that are to be counted. */
export const TOTAL_COST_USD = '0.014871';

export function sample(name: string): Buffer {
  const found = SAMPLES.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no sample ${name}`);
  return found.body;
}
