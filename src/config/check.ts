/** Runs a schema over a part of the config and says everything that is wrong with it at once. */
import type { z } from 'zod';
import type { ConfigDocument } from './document.ts';
import { explainIssue, stepsOf } from './explain.ts';
import type { Path } from './place.ts';
import { readForSchema } from './read.ts';
import { type Fault, hasErrors } from './report.ts';
import { alternativesOf } from './shape.ts';
import { wordIssue } from './wording.ts';

/** No value: something is wrong, or could not be resolved (then the fault is among those of the document). */
type Checked<T> = Readonly<{ value: T | undefined; faults: readonly Fault[] }>;

/** A section that is empty or not there is checked as an empty map. */
export function check<S extends z.ZodType>(schema: S, document: ConfigDocument, path: Path): Checked<z.output<S>> {
  const alternatives = alternativesOf(schema);
  const reading = readForSchema(document, path, alternatives);
  const { data, error } = schema.safeParse(reading.value, { error: wordIssue });
  const followsUp = (issue: z.core.$ZodIssue) => {
    const at = [...path, ...stepsOf(issue)];
    return reading.unresolved.some(
      (unresolved) => startsWith(at, unresolved) || (issue.code === 'custom' && startsWith(unresolved, at)),
    );
  };
  const issues = error?.issues.filter((issue) => !followsUp(issue)) ?? [];
  const faults = [...reading.faults, ...issues.flatMap((issue) => explainIssue(document, path, alternatives, issue))];
  return { value: hasErrors(faults) ? undefined : data, faults };
}

function startsWith(path: Path, start: Path): boolean {
  return start.every((step, index) => path[index] === step);
}
