/** Turns a document into the graph that it describes, or into all that is wrong with it; does no I/O. */
import type { Definition, ExtensionDefinition } from '../component/define.ts';
import { check } from '../config/check.ts';
import type { ConfigDocument } from '../config/document.ts';
import { type Fault, type FaultCode, hasErrors } from '../config/report.ts';
import { type ServiceSettings, topLevel } from '../config/schema.ts';
import { type Planned, type PlannedComponents, planComponents } from './plan-components.ts';
import { checkFiles } from './plan-files.ts';
import { checkIds } from './plan-ids.ts';
import { checkNumber, type PlannedJournal, planJournal } from './plan-journal.ts';
import { checkListeners } from './plan-listeners.ts';
import { type Pipelines, planPipelines } from './plan-pipelines.ts';
import { checkRemovals } from './plan-remarks.ts';
import { checkUse } from './plan-use.ts';

export type Plan = Pipelines &
  Readonly<{
    extensions: readonly Planned<ExtensionDefinition>[];
    service: ServiceSettings;
    journal: PlannedJournal;
  }>;

/** No plan if one of the faults is an error; warnings and hints stand beside it. All faults, those of loading too. */
export type Planning = Readonly<{ plan: Plan | undefined; faults: readonly Fault[] }>;

/** What a file that cannot be read may mend. */
const OF_ABSENCE: ReadonlySet<FaultCode> = new Set(['missing_key', 'unknown_id', 'signal', 'unused']);

export function plan(document: ConfigDocument, registry: readonly Definition[]): Planning {
  const { components, faults: componentFaults } = planComponents(document, registry);
  const { pipelines, faults: pipelineFaults } = planPipelines(document, components);
  const { value, faults: shapeFaults } = check(topLevel, document, []);
  const extensions = enabledExtensions(components, document);
  const journal = value && planJournal(document, value.service.journal, extensions);
  const found = [
    ...document.faults,
    ...shapeFaults,
    ...componentFaults,
    ...pipelineFaults,
    ...checkIds(document, components),
    ...checkNumber(document, pipelines),
    ...checkUse(document, components, pipelines, extensions),
    ...checkListeners(document, pipelines, extensions, value?.service.telemetry),
    ...checkFiles(document, pipelines),
    ...checkRemovals(document, pipelines),
    ...(journal?.faults ?? []),
  ];
  const faults = document.complete ? found : found.filter(({ code }) => !OF_ABSENCE.has(code));
  if (value === undefined || journal === undefined || hasErrors(faults)) return { plan: undefined, faults };
  return { plan: { ...pipelines, extensions, service: value.service, journal: journal.journal }, faults };
}

function enabledExtensions(components: PlannedComponents, document: ConfigDocument): readonly Planned<ExtensionDefinition>[] {
  return document.entries(['service', 'extensions']).flatMap(({ path }) => {
    const planned = components.extensions.get(String(document.valueAt(path)));
    return planned?.definition.kind === 'extension' ? [{ ...planned, definition: planned.definition }] : [];
  });
}
