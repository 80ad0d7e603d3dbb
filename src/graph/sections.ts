/** The sections of a file that define components, and which kinds stand in them. */
import type { Definition } from '../component/define.ts';
import { SECTION_BY_KIND } from '../config/json-schema.ts';
import type { Section } from '../config/schema.ts';

export const SECTIONS: readonly Section[] = ['receivers', 'processors', 'connectors', 'exporters', 'extensions'];

/** What one of a section is called in a message, which is also the kind of most definitions. */
export const NOUN_OF_SECTION: Readonly<Record<Section, string>> = {
  receivers: 'receiver',
  processors: 'processor',
  connectors: 'connector',
  exporters: 'exporter',
  extensions: 'extension',
};

export function sectionOf({ kind }: Definition): Section {
  return SECTION_BY_KIND[kind];
}

export function findDefinition(registry: readonly Definition[], section: Section, type: string): Definition | undefined {
  return registry.find((one) => sectionOf(one) === section && (one.type === type || one.aliases?.includes(type)));
}
