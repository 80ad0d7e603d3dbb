/** Finds out what every component of a document is and whether its settings hold. */
import type { Definition } from '../component/define.ts';
import { check } from '../config/check.ts';
import type { ConfigDocument } from '../config/document.ts';
import type { Path } from '../config/place.ts';
import type { Fault } from '../config/report.ts';
import type { Section } from '../config/schema.ts';
import { suggest } from '../config/suggest.ts';
import { foreignReason } from './foreign-types.ts';
import { findDefinition, NOUN_OF_SECTION, sectionOf } from './sections.ts';

/** A component of the file: its id there, what it is, and its checked settings. */
export type Planned<D extends Definition = Definition> = Readonly<{
  id: string;
  path: Path;
  definition: D;
  config: Readonly<Record<string, unknown>>;
  /** The section with its references resolved: differs when a setting does. */
  written: unknown;
}>;

/** By id, each once, in the order of the file. */
export function distinct<P extends Planned>(planned: readonly P[]): readonly P[] {
  return [...new Map(planned.map((one) => [one.id, one])).values()];
}

/** By id, in the order of the file; undefined for a component with a fault, which is known all the same. */
export type PlannedSection = ReadonlyMap<string, Planned | undefined>;

export type PlannedComponents = Readonly<Record<Section, PlannedSection>>;

export function planComponents(
  document: ConfigDocument,
  registry: readonly Definition[],
): { components: PlannedComponents; faults: Fault[] } {
  const faults: Fault[] = [];
  const plannedSection = (section: Section): PlannedSection =>
    new Map(
      document.entries([section]).map(({ key: id, path }) => {
        const found = planComponent(document, registry, section, id, path);
        faults.push(...found.faults);
        return [id, found.planned] as const;
      }),
    );
  const components = {
    receivers: plannedSection('receivers'),
    processors: plannedSection('processors'),
    connectors: plannedSection('connectors'),
    exporters: plannedSection('exporters'),
    extensions: plannedSection('extensions'),
  };
  return { components, faults };
}

function planComponent(
  document: ConfigDocument,
  registry: readonly Definition[],
  section: Section,
  id: string,
  path: Path,
): { planned: Planned | undefined; faults: readonly Fault[] } {
  const [type = '', ...name] = id.split('/');
  if (name.join('/') === '' && id.includes('/')) {
    const message = `"${id}" lacks the name after "/"`;
    return { planned: undefined, faults: [document.fault({ code: 'wrong_value', path, mark: 'key', message })] };
  }
  const definition = findDefinition(registry, section, type);
  if (definition === undefined) return { planned: undefined, faults: [unknownType(document, registry, section, type, path)] };
  const { value, faults } = check(definition.config, document, path);
  const planned = value === undefined ? undefined : { id, path, definition, config: value, written: document.valueAt(path) };
  const remarks = planned === undefined ? [] : (definition.remarks?.(planned.config) ?? []);
  return {
    planned,
    faults: [
      ...faults,
      ...remarks.map(({ path: field, code, message }) => document.fault({ code, path: fieldPath(path, field), message })),
    ],
  };
}

/** `tls.insecure` below the section of a component. */
export function fieldPath(component: Path, field: string): Path {
  return field === '' ? component : [...component, ...field.split('.')];
}

function unknownType(
  document: ConfigDocument,
  registry: readonly Definition[],
  section: Section,
  type: string,
  path: Path,
): Fault {
  const noun = NOUN_OF_SECTION[section];
  const reason = foreignReason(section, type);
  if (reason !== undefined) {
    const message = `${noun} "${type}" is known to the Collector, not supported here`;
    return document.fault({ code: 'unsupported', path, mark: 'key', message, remedy: reason });
  }
  const types = registry.filter((one) => sectionOf(one) === section).flatMap(({ type: own, aliases = [] }) => [own, ...aliases]);
  return document.fault({
    code: 'unknown_type',
    path,
    mark: 'key',
    message: `no ${noun} of type "${type}"`,
    remedy: suggest(type, types),
  });
}
