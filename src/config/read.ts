/** Turns a node into the plain value that a schema is to judge: YAML's null and `${…}` take the type that the field wants. */
import type { ConfigDocument, MapNode, Node, ScalarNode } from './document.ts';
import type { Path } from './place.ts';
import type { Fault } from './report.ts';
import { type Alternative, alternativesAt, isMap, isSecret, reasonOf, takesText } from './shape.ts';

export type Reading = Readonly<{
  value: unknown;
  /** Keys that have no effect or are refused. */
  faults: readonly Fault[];
  /** What could not be resolved when loading. */
  unresolved: readonly Path[];
}>;

export function readForSchema(document: ConfigDocument, path: Path, alternatives: readonly Alternative[]): Reading {
  const node = document.node(path);
  const reader = new SchemaReader(document);
  // An empty section means defaults, and so does one that is not there.
  const value = node === undefined || isNull(node) ? {} : reader.read(node, path, alternatives);
  return { value, faults: reader.faults, unresolved: reader.unresolved };
}

/** The value of a scalar as the field wants it. */
export function scalarValue({ value, whole }: ScalarNode, alternatives: readonly Alternative[]): unknown {
  if (!whole || typeof value !== 'string' || alternatives.length === 0 || alternatives.some(takesText)) return value;
  if (value === 'true' || value === 'false') return value === 'true';
  return NUMBER.test(value) ? Number(value) : value;
}

const NUMBER = /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$/;

class SchemaReader {
  readonly faults: Fault[] = [];
  readonly unresolved: Path[] = [];
  readonly #document: ConfigDocument;

  constructor(document: ConfigDocument) {
    this.#document = document;
  }

  read(node: Node, path: Path, alternatives: readonly Alternative[]): unknown {
    const isReference = node.kind === 'scalar' && node.whole && !node.defaulted;
    if (isSecret(alternatives) && !isReference) this.#document.cover(node.place);
    switch (node.kind) {
      case 'map':
        return Object.fromEntries(this.#entries(node, path, alternatives));
      case 'list':
        return node.items.map((item, index) => this.read(item, [...path, index], alternativesAt(alternatives, index)));
      case 'scalar':
        if (node.unresolved) this.unresolved.push(path);
        if (node.unresolved) return undefined;
        return scalarValue(node, alternatives);
    }
  }

  *#entries(node: MapNode, path: Path, alternatives: readonly Alternative[]): Generator<[string, unknown]> {
    for (const [key, { value }] of node.entries) {
      const child = [...path, key];
      const inner = alternativesAt(alternatives, key);
      if (inner.length > 0 && this.#refuses(child, inner)) continue;
      if (isNull(value) && inner.some(isMap)) yield [key, {}];
      else if (!isNull(value) || inner.length === 0) yield [key, this.read(value, child, inner)];
    }
  }

  /** Reports what a present key says about itself. */
  #refuses(path: Path, alternatives: readonly Alternative[]): boolean {
    const refused = reasonOf(alternatives, 'unsupported');
    const ignored = reasonOf(alternatives, 'noEffect');
    if (refused !== undefined) {
      const message = 'known to the Collector, not supported here';
      this.faults.push(this.#document.fault({ code: 'unsupported', path, mark: 'key', message, remedy: refused }));
    } else if (ignored !== undefined) {
      this.faults.push(this.#document.fault({ code: 'no_effect', path, mark: 'key', message: ignored }));
    }
    return refused !== undefined;
  }
}

function isNull(node: Node): boolean {
  return node.kind === 'scalar' && node.value === null && !node.unresolved;
}
