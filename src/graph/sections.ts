/** The sections of a file that define components, and which kinds stand in them. */
import type { Definition } from '../component/define.ts';
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

export function sectionOf(definition: Definition): Section {
  switch (definition.kind) {
    case 'receiver':
      return 'receivers';
    case 'processor':
      return 'processors';
    case 'connector':
      return 'connectors';
    case 'exporter':
    case 'pull_exporter':
      return 'exporters';
    case 'extension':
      return 'extensions';
  }
}

export function findDefinition(registry: readonly Definition[], section: Section, type: string): Definition | undefined {
  return registry.find((one) => sectionOf(one) === section && (one.type === type || one.aliases?.includes(type)));
}
