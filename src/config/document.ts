/** A loaded config: merged, substituted, and every node knows where a person wrote it. */

import { type Path, type Place, pathText } from './place.ts';
import { createFault, type Fault, type FaultCode, type FaultLevel } from './report.ts';
import type { SourceLines } from './source-lines.ts';

export type ScalarNode = Readonly<{
  kind: 'scalar';
  place: Place;
  value: string | number | boolean | null;
  /** What `${…}` named, if the value came from there. */
  from?: string | undefined;
  /** The text is nothing but one reference: it may stand for a number or boolean. */
  whole?: boolean | undefined;
  /** The reference holds a default, which is text of the config like any other. */
  defaulted?: boolean | undefined;
  /** From a file: not to be shown. */
  hidden?: boolean | undefined;
  /** It could not be resolved; already reported, so nothing else is said about it. */
  unresolved?: boolean;
}>;
type ListNode = Readonly<{ kind: 'list'; place: Place; items: readonly Node[] }>;
export type MapEntry = Readonly<{ keyPlace: Place; value: Node }>;
export type MapNode = Readonly<{ kind: 'map'; place: Place; entries: ReadonlyMap<string, MapEntry> }>;
export type Node = ScalarNode | ListNode | MapNode;

export type Entry = Readonly<{ key: string; path: Path; keyPlace: Place; valuePlace: Place }>;

/** What a caller found at a path; the document adds where that is. */
type Finding = Readonly<{
  code: FaultCode;
  level?: FaultLevel;
  path: Path;
  /** The key or (by default) the value is marked. */
  mark?: 'key' | 'value';
  message: string;
  remedy?: string | undefined;
}>;

export class ConfigDocument {
  /** Found while loading; to be reported with all others. */
  readonly faults: readonly Fault[];
  readonly #root: Node;
  readonly #lines: SourceLines;

  constructor(root: Node, faults: readonly Fault[], lines: SourceLines) {
    this.#root = root;
    this.faults = faults;
    this.#lines = lines;
  }

  /** Of the files, before references are resolved. */
  get hash(): string {
    return this.#lines.hash;
  }

  /** False: one of the files is missing from it, and what is not here may be there. */
  get complete(): boolean {
    return !this.faults.some(({ code }) => code === 'yaml');
  }

  node(path: Path): Node | undefined {
    return path.reduce<Node | undefined>((node, step) => childOf(node, step), this.#root);
  }

  /** No variable without a value stands there or below. */
  isResolved(path: Path): boolean {
    const node = this.node(path);
    return node === undefined || resolved(node);
  }

  has(path: Path): boolean {
    return this.node(path) !== undefined;
  }

  /** The entries of a map, or the items of a list under their index, in file order; none for anything else. */
  entries(path: Path): readonly Entry[] {
    const node = this.node(path);
    if (node?.kind === 'map') {
      return [...node.entries].map(([key, { keyPlace, value }]) => ({
        key,
        path: [...path, key],
        keyPlace,
        valuePlace: value.place,
      }));
    }
    if (node?.kind !== 'list') return [];
    return node.items.map(({ place }, index) => ({
      key: String(index),
      path: [...path, index],
      keyPlace: place,
      valuePlace: place,
    }));
  }

  /** As plain data; what could not be resolved is undefined. */
  valueAt(path: Path): unknown {
    const node = this.node(path);
    return node && plain(node);
  }

  /** Of the nearest ancestor that exists: then its key. */
  place(path: Path, part: 'key' | 'value' = 'value'): Place {
    const node = this.node(path);
    if (node === undefined) return this.place(path.slice(0, -1), 'key');
    if (node === this.#root) return { ...node.place, endLine: node.place.line, endColumn: node.place.column };
    const parent = path.length === 0 ? undefined : this.node(path.slice(0, -1));
    const key = parent?.kind === 'map' ? parent.entries.get(String(path.at(-1)))?.keyPlace : undefined;
    const empty = node.place.line === node.place.endLine && node.place.column === node.place.endColumn;
    return (part === 'key' || empty ? key : undefined) ?? node.place;
  }

  fault({ path, mark, ...finding }: Finding): Fault {
    return createFault({ ...finding, path: pathText(path), place: this.place(path, mark) });
  }

  /** The value that stands there is a secret: reports show the line without it. */
  cover(place: Place): void {
    this.#lines.cover(place);
  }

  lineAt(place: Place): string | undefined {
    return this.#lines.lineAt(place);
  }
}

function childOf(node: Node | undefined, step: string | number): Node | undefined {
  if (node?.kind === 'map') return node.entries.get(String(step))?.value;
  return node?.kind === 'list' && typeof step === 'number' ? node.items[step] : undefined;
}

function resolved(node: Node): boolean {
  switch (node.kind) {
    case 'scalar':
      return !node.unresolved;
    case 'list':
      return node.items.every(resolved);
    case 'map':
      return [...node.entries.values()].every(({ value }) => resolved(value));
  }
}

function plain(node: Node): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.unresolved ? undefined : node.value;
    case 'list':
      return node.items.map(plain);
    case 'map':
      return Object.fromEntries([...node.entries].map(([key, { value }]) => [key, plain(value)]));
  }
}
