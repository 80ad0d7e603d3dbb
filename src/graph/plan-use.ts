/** Judges whether what a document defines is used, and used on the right side. */
import type { ExtensionDefinition } from '../component/define.ts';
import type { ConfigDocument } from '../config/document.ts';
import type { Fault } from '../config/report.ts';
import type { Planned, PlannedComponents } from './plan-components.ts';
import type { Pipelines } from './plan-pipelines.ts';
import { NOUN_OF_SECTION, SECTIONS } from './sections.ts';

export function checkUse(
  document: ConfigDocument,
  components: PlannedComponents,
  pipelines: Pipelines,
  extensions: readonly Planned<ExtensionDefinition>[],
): readonly Fault[] {
  const twice = countedTwice(document, pipelines);
  // An id without a value may be any.
  if (!document.isResolved(['service', 'pipelines']) || !document.isResolved(['service', 'extensions'])) return twice;
  return [
    ...unusedComponents(document, components, pipelines, extensions),
    ...oneSidedConnectors(document, components, pipelines),
    ...twice,
  ];
}

function unusedComponents(
  document: ConfigDocument,
  components: PlannedComponents,
  { traces, metrics }: Pipelines,
  extensions: readonly Planned[],
): readonly Fault[] {
  const used = new Set<Planned | undefined>([
    ...traces.flatMap((one): Planned[] => [...one.receivers, ...one.processors, ...one.connectors, ...one.exporters]),
    ...metrics.flatMap((one): Planned[] => [...one.connectors, ...one.exporters]),
  ]);
  const usedIds = new Set([...used, ...extensions].map((planned) => planned && pathKey(planned)));
  return SECTIONS.flatMap((section) =>
    [...components[section].values()].flatMap((planned) => {
      if (planned === undefined || usedIds.has(pathKey(planned))) return [];
      const where = section === 'extensions' ? 'service.extensions' : 'a pipeline';
      const message = `this ${NOUN_OF_SECTION[section]} is in use nowhere`;
      return [
        document.fault({ code: 'unused', path: planned.path, mark: 'key', message, remedy: `name it in ${where} or remove it` }),
      ];
    }),
  );
}

function pathKey({ path }: Planned): string {
  return JSON.stringify(path);
}

function oneSidedConnectors(
  document: ConfigDocument,
  components: PlannedComponents,
  { traces, metrics }: Pipelines,
): readonly Fault[] {
  const fed = new Set(traces.flatMap(({ connectors }) => connectors.map(({ id }) => id)));
  const shown = new Set(metrics.flatMap(({ connectors }) => connectors.map(({ id }) => id)));
  return [...components.connectors.keys()].flatMap((id) => {
    if (fed.has(id) === shown.has(id)) return [];
    const message = fed.has(id) ? 'its figures are read by no metrics pipeline' : 'no traces pipeline feeds it';
    const remedy = fed.has(id) ? 'name it among the receivers of one' : 'name it among the exporters of one';
    return [document.fault({ code: 'signal', path: ['connectors', id], mark: 'key', message, remedy })];
  });
}

/** A span that reaches a connector through two pipelines of one receiver is counted by each. */
function countedTwice(document: ConfigDocument, { traces }: Pipelines): readonly Fault[] {
  const seen = new Map<string, string>();
  return traces.flatMap((pipeline) =>
    pipeline.connectors.flatMap((connector) =>
      pipeline.receivers.flatMap((receiver) => {
        const pair = `${connector.id} ${receiver.id}`;
        const first = seen.get(pair);
        seen.set(pair, pipeline.id);
        if (first === undefined) return [];
        const message = `spans of "${receiver.id}" reach "${connector.id}" through "${first}" too and count twice`;
        const remedy = `name "${connector.id}" in one of them`;
        return [
          document.fault({ code: 'double_count', path: ['service', 'pipelines', pipeline.id], mark: 'key', message, remedy }),
        ];
      }),
    ),
  );
}
