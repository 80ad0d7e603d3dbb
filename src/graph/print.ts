/** Prints a config as the daemon understands it: files merged, references resolved, secrets covered. */
import { stringify } from 'yaml';
import type { Definition } from '../component/define.ts';
import type { ConfigDocument, Node } from '../config/document.ts';
import { scalarValue } from '../config/read.ts';
import { topLevel } from '../config/schema.ts';
import { type Alternative, alternativesAt, alternativesOf, isSecret } from '../config/shape.ts';
import { findDefinition, SECTIONS } from './sections.ts';

const COVERED = '[REDACTED]';

/** YAML. `unredacted` shows secrets and what came from files too. */
export function printConfig(document: ConfigDocument, registry: readonly Definition[], unredacted: boolean): string {
  const shown = (node: Node | undefined, alternatives: readonly Alternative[]): unknown => {
    switch (node?.kind) {
      case 'map':
        return Object.fromEntries(
          [...node.entries].map(([key, { value }]) => [key, shown(value, alternativesAt(alternatives, key))]),
        );
      case 'list':
        return node.items.map((item, index) => shown(item, alternativesAt(alternatives, index)));
      case 'scalar':
        return !unredacted && (node.hidden || isSecret(alternatives)) ? COVERED : escaped(scalarValue(node, alternatives));
      case undefined:
        return undefined;
    }
  };
  const sections = SECTIONS.map((section) => {
    const components = document.entries([section]).map(({ key, path }) => {
      const definition = findDefinition(registry, section, key.split('/')[0] ?? '');
      return [key, shown(document.node(path), definition === undefined ? [] : alternativesOf(definition.config))];
    });
    return [section, Object.fromEntries(components)] as const;
  });
  const service = shown(document.node(['service']), alternativesAt(alternativesOf(topLevel), 'service'));
  const filled = sections.filter(([, components]) => Object.keys(components).length > 0);
  return stringify({ ...Object.fromEntries(filled), service });
}

/** Printed is what would be read as this value again, and not as a reference. */
function escaped(value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/\$(?=[${])/g, '$$$$') : value;
}
