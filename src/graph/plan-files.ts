/** Judges the files that a graph writes: two components on one would write into each other's records. */
import { normalize } from 'node:path';
import type { ConfigDocument } from '../config/document.ts';
import { pathText } from '../config/place.ts';
import type { Fault } from '../config/report.ts';
import { fieldPath, type Planned } from './plan-components.ts';
import type { Pipelines } from './plan-pipelines.ts';

export function checkFiles(document: ConfigDocument, { traces }: Pipelines): readonly Fault[] {
  const exporters = new Map(traces.flatMap(({ exporters }) => exporters.map((one): [string, Planned] => [one.id, one])));
  const files = [...exporters.values()].flatMap(({ path, definition, config }) =>
    (definition.writes?.(config) ?? []).map((written) => ({
      path: fieldPath(path, written.path),
      file: normalize(written.file),
    })),
  );
  return files.flatMap(({ path, file }, index) => {
    const first = files.slice(0, index).find((earlier) => earlier.file === file);
    if (first === undefined) return [];
    const message = `${pathText(first.path)} is this file already`;
    return [document.fault({ code: 'clash', path, message, remedy: 'give each exporter a file of its own' })];
  });
}
