/** Finds what is valid and still not what somebody meant: a processor that takes away what a connector behind it counts. */
import type { AttributeRead, ConnectorDefinition, ProcessorDefinition, Removal } from '../component/define.ts';
import type { ConfigDocument } from '../config/document.ts';
import type { Fault } from '../config/report.ts';
import type { Planned } from './plan-components.ts';
import type { Pipelines } from './plan-pipelines.ts';

/** Enough to see what is meant. */
const MOST_NAMED = 3;

export function checkRemovals(document: ConfigDocument, { traces }: Pipelines): readonly Fault[] {
  const faults = traces.flatMap(({ processors, connectors }) =>
    processors.flatMap((processor) => connectors.flatMap((connector) => removals(document, processor, connector))),
  );
  // Once for two pipelines of the same components.
  return [...new Map(faults.map((fault) => [`${fault.path} ${fault.message}`, fault])).values()];
}

function removals(
  document: ConfigDocument,
  { path, definition, config }: Planned<ProcessorDefinition>,
  connector: Planned<ConnectorDefinition>,
): readonly Fault[] {
  const reads = connector.definition.readsAttributes?.(connector.config) ?? [];
  return (definition.removes?.(config) ?? []).flatMap((removal) => {
    const missed = missedKeys(removal, reads);
    if (missed.length === 0) return [];
    const message = `removes ${named(missed)}, which "${connector.id}" reads`;
    const remedy = `its figures or labels will lack it; give "${connector.id}" a pipeline without this`;
    return [document.fault({ code: 'removes_input', path: [...path, ...removal.path], mark: 'key', message, remedy })];
  });
}

function missedKeys({ from, chosen }: Removal, reads: readonly AttributeRead[]): readonly string[] {
  const missed = reads.filter((read) => read.from === from && chosen(read.key));
  return [...new Set(missed.map(({ key }) => key))];
}

function named(keys: readonly string[]): string {
  const shown = keys.slice(0, MOST_NAMED).map((key) => `"${key}"`);
  const rest = keys.length - shown.length;
  return rest === 0 ? shown.join(', ') : `${shown.join(', ')} and ${rest} more`;
}
