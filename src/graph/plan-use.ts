/** Judges whether what a document defines is used, and used on the right side. */
import type { ExtensionDefinition } from '../component/define.ts';
import type { ConfigDocument } from '../config/document.ts';
import type { Fault } from '../config/report.ts';
import { suggest } from '../config/suggest.ts';
import { fieldPath, type Planned, type PlannedComponents } from './plan-components.ts';
import type { Pipelines } from './plan-pipelines.ts';
import { NOUN_OF_SECTION, SECTIONS } from './sections.ts';

/** A connector is named among exporters and among receivers, so its id must not mean two things there. */
export function checkIds(document: ConfigDocument, components: PlannedComponents): readonly Fault[] {
  return [...components.connectors.keys()].flatMap((id) =>
    (['receivers', 'exporters'] as const).flatMap((section) => {
      if (!components[section].has(id)) return [];
      const message = `"${id}" is the id of ${section === 'receivers' ? 'a receiver' : 'an exporter'} too`;
      return [document.fault({ code: 'clash', path: ['connectors', id], mark: 'key', message, remedy: 'rename one of them' })];
    }),
  );
}

export function checkUse(
  document: ConfigDocument,
  components: PlannedComponents,
  pipelines: Pipelines,
  extensions: readonly Planned<ExtensionDefinition>[],
): readonly Fault[] {
  return [
    ...unusedComponents(document, components, pipelines, extensions),
    ...oneSidedConnectors(document, components, pipelines),
    ...countedTwice(document, pipelines),
    ...unknownExtensions(document, components),
    ...unknownAuthenticators(document, components, extensions),
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
        return [document.fault({ code: 'double_count', path: ['service', 'pipelines', pipeline.id], mark: 'key', message })];
      }),
    ),
  );
}

function unknownExtensions(document: ConfigDocument, components: PlannedComponents): readonly Fault[] {
  return document.entries(['service', 'extensions']).flatMap(({ path }) => {
    const id = document.valueAt(path);
    if (typeof id !== 'string' || components.extensions.has(id)) return [];
    const message = `"${id}" is not under "extensions"`;
    return [document.fault({ code: 'unknown_id', path, message, remedy: suggest(id, components.extensions.keys()) })];
  });
}

function unknownAuthenticators(
  document: ConfigDocument,
  components: PlannedComponents,
  extensions: readonly Planned[],
): readonly Fault[] {
  return SECTIONS.flatMap((section) => [...components[section].values()]).flatMap((planned) => {
    const reference = planned && authenticatorOf(planned);
    if (reference === undefined || extensions.some(({ id }) => id === reference.id)) return [];
    const known = components.extensions.has(reference.id);
    const message = known ? `"${reference.id}" is not started` : `"${reference.id}" is not under "extensions"`;
    const remedy = known ? 'add it to service.extensions' : suggest(reference.id, components.extensions.keys());
    return [document.fault({ code: 'unknown_id', path: fieldPath(planned?.path ?? [], reference.field), message, remedy })];
  });
}

/** Which extension a component names, and in which field: exporters in `auth`, the otlp receiver under its protocol. */
export function authenticatorOf({ config }: Planned): { id: string; field: string } | undefined {
  return findAuthenticator(config, '');
}

function findAuthenticator(config: object, prefix: string): { id: string; field: string } | undefined {
  for (const [key, value] of Object.entries(config)) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) continue;
    if (key === 'auth' && typeof value.authenticator === 'string')
      return { id: value.authenticator, field: `${prefix}auth.authenticator` };
    const found = ['protocols', 'http', 'grpc'].includes(key) ? findAuthenticator(value, `${prefix}${key}.`) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}
