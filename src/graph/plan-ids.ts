/** Judges the ids by which a document names its components: each has to mean one thing, and one that is there. */
import type { ConfigDocument } from '../config/document.ts';
import type { Fault } from '../config/report.ts';
import { suggest } from '../config/suggest.ts';
import { fieldPath, type PlannedComponents } from './plan-components.ts';
import { SECTIONS } from './sections.ts';

export function checkIds(document: ConfigDocument, components: PlannedComponents): readonly Fault[] {
  return [
    ...sharedIds(document, components),
    ...unknownExtensions(document, components),
    ...unknownAuthenticators(document, components),
  ];
}

/** A connector is named among exporters and among receivers, so its id must not mean two things there. */
function sharedIds(document: ConfigDocument, components: PlannedComponents): readonly Fault[] {
  return [...components.connectors.keys()].flatMap((id) =>
    (['receivers', 'exporters'] as const).flatMap((section) => {
      if (!components[section].has(id)) return [];
      const message = `"${id}" is the id of ${section === 'receivers' ? 'a receiver' : 'an exporter'} too`;
      return [document.fault({ code: 'clash', path: ['connectors', id], mark: 'key', message, remedy: 'rename one of them' })];
    }),
  );
}

function unknownExtensions(document: ConfigDocument, components: PlannedComponents): readonly Fault[] {
  return document.entries(['service', 'extensions']).flatMap(({ path }) => {
    const id = document.valueAt(path);
    if (typeof id !== 'string' || components.extensions.has(id)) return [];
    const message = `"${id}" is not under "extensions"`;
    return [document.fault({ code: 'unknown_id', path, message, remedy: suggest(id, [...components.extensions.keys()]) })];
  });
}

/** Started is what the file says is started, whatever else is wrong with it; a name without a value may be any. */
function unknownAuthenticators(document: ConfigDocument, components: PlannedComponents): readonly Fault[] {
  const started = document.entries(['service', 'extensions']).map(({ path }) => document.valueAt(path));
  return SECTIONS.flatMap((section) => [...components[section].values()]).flatMap((planned) => {
    const named = planned?.definition.authenticator?.(planned.config);
    if (planned === undefined || named === undefined || started.includes(named.id)) return [];
    const known = components.extensions.has(named.id);
    if (known && !document.isResolved(['service', 'extensions'])) return [];
    const message = known ? `"${named.id}" is not started` : `"${named.id}" is not under "extensions"`;
    const remedy = known ? 'add it to service.extensions' : suggest(named.id, [...components.extensions.keys()]);
    return [document.fault({ code: 'unknown_id', path: fieldPath(planned.path, named.path), message, remedy })];
  });
}
