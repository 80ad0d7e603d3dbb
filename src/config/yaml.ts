/** Reads YAML into nodes that know their place; anchors and merge keys are followed, so nothing behind this file knows of them. */
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import type { MapEntry, Node } from './document.ts';
import type { Place } from './place.ts';
import { createFault, type Fault } from './report.ts';

/** No root: there are faults. */
type ParsedYaml = Readonly<{ root: Node | undefined; faults: readonly Fault[] }>;

/** Aliases within aliases could stand for more nodes than there is memory. */
const MOST_NODES = 100_000;

export function parseYaml(file: string, text: string): ParsedYaml {
  const lines = new LineCounter();
  const parsed = parseDocument(text, { merge: true, prettyErrors: false, lineCounter: lines });
  const converter = new Converter(file, parsed, lines);
  const errors = independent([...parsed.errors, ...parsed.warnings]);
  for (const { code, message, pos } of errors) converter.report(pos, sentence(code, message, text, pos[0]));
  // What is left of a broken line would only give faults that follow from the first.
  const root = errors.length === 0 ? converter.convert(parsed.contents) : undefined;
  const faults = converter.faults.filter(
    ({ place }, index, all) => all.findIndex((other) => other.place.line === place.line) === index,
  );
  if (faults.length > 0) return { root: undefined, faults };
  return { root: root ?? { kind: 'map', place: converter.placeOf([0, 0]), entries: new Map() }, faults };
}

type Found = Readonly<{ code: string; message: string; pos: [number, number] }>;

/** Behind the first thing that is no YAML, what is found follows from how it was misread. */
function independent(errors: readonly Found[]): readonly Found[] {
  const inOrder = errors.toSorted((left, right) => left.pos[0] - right.pos[0]);
  const first = inOrder.findIndex(({ code }) => !UNDERSTOOD.has(code));
  return first < 0 ? inOrder : inOrder.slice(0, first + 1);
}

/** Wrong, but it is clear where it ends. */
const UNDERSTOOD: ReadonlySet<string> = new Set(['DUPLICATE_KEY', 'TAG_RESOLVE_FAILED']);

function sentence(code: string, message: string, text: string, offset: number): string {
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1).split('\n', 1)[0] ?? '';
  const glued = /^\s*(?:- +)?([\w./-]+):[^\s/]/.exec(line)?.[1];
  if ((code === 'MULTILINE_IMPLICIT_KEY' || code === 'MISSING_CHAR') && glued) return `a space is missing after \`${glued}:\``;
  if (text.startsWith('${', offset - 1)) return 'a reference within { } or [ ] has to be put in quotes';
  if (code === 'TAB_AS_INDENT') return 'tabs are not allowed as indentation';
  if (code === 'DUPLICATE_KEY') return 'this key stands twice in its map; keep one';
  if (code === 'MULTIPLE_DOCS') return 'a config is one document; remove "---"';
  if (code === 'BLOCK_AS_IMPLICIT_KEY') return 'a map cannot begin behind its key; put it on the next line, or a text in quotes';
  return message.charAt(0).toLowerCase() + message.slice(1);
}

type Range = readonly [start: number, end: number, ...rest: number[]] | null | undefined;

class Converter {
  readonly faults: Fault[] = [];
  readonly #file: string;
  readonly #document: Document;
  readonly #lines: LineCounter;
  /** The nodes around the one that is being converted. */
  readonly #open = new Set<unknown>();
  readonly #targets = new Map<Alias, unknown>();
  #count = 0;

  constructor(file: string, document: Document, lines: LineCounter) {
    this.#file = file;
    this.#document = document;
    this.#lines = lines;
  }

  report(range: Range, message: string): undefined {
    this.faults.push(createFault({ code: 'yaml', path: '', place: this.placeOf(range), message }));
  }

  placeOf(range: Range): Place {
    const start = this.#lines.linePos(range?.[0] ?? 0);
    const end = this.#lines.linePos(range?.[1] ?? 0);
    return { file: this.#file, line: start.line || 1, column: start.col || 1, endLine: end.line || 1, endColumn: end.col || 1 };
  }

  convert(source: unknown): Node | undefined {
    const node = this.#target(source);
    if (this.#open.has(node)) return this.report(rangeOf(source), 'an anchor cannot stand for something that it is in');
    if (++this.#count === MOST_NODES) this.report(rangeOf(source), `more than ${MOST_NODES} values; use fewer aliases`);
    if (this.#count >= MOST_NODES) return undefined;
    this.#open.add(node);
    const converted = this.#convertTarget(node);
    this.#open.delete(node);
    return converted;
  }

  #convertTarget(node: unknown): Node | undefined {
    const place = this.placeOf(rangeOf(node));
    if (isMap(node)) return { kind: 'map', place, entries: this.#entries(node) };
    if (isSeq(node)) return { kind: 'list', place, items: node.items.flatMap((item) => this.convert(item) ?? []) };
    if (!isScalar(node)) return undefined;
    const { value } = node;
    const known = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || value === null;
    return known ? { kind: 'scalar', place, value } : undefined;
  }

  #entries(map: YAMLMap): Map<string, MapEntry> {
    const own = new Map<string, MapEntry>();
    const merged = new Map<string, MapEntry>();
    for (const pair of map.items) {
      const key = this.#target(pair.key);
      if (!isScalar(key)) this.report(rangeOf(pair.key), 'a key is text');
      else if (typeof key.value === 'symbol') this.#mergeInto(merged, pair);
      else this.#addTo(own, key, pair.value);
    }
    // What the map says itself wins over what it merges, and keeps the place where it is written.
    addMissing(own, merged);
    return own;
  }

  #addTo(entries: Map<string, MapEntry>, key: Scalar, source: unknown): void {
    const value = this.convert(source);
    const name = typeof key.value === 'string' ? key.value : (key.source ?? String(key.value));
    if (value !== undefined) entries.set(name, { keyPlace: this.placeOf(key.range), value });
  }

  /** Of several merged maps the first that has a key gives it. */
  #mergeInto(entries: Map<string, MapEntry>, { key, value }: Pair): void {
    const source = this.#target(value);
    for (const item of isSeq(source) ? source.items : [source]) {
      const map = this.convert(item);
      if (map?.kind === 'map') addMissing(entries, map.entries);
      else this.report(rangeOf(key), '"<<" takes a map or a list of maps');
    }
  }

  #target(source: unknown): unknown {
    if (!isAlias(source)) return source;
    // Resolving walks the document, and an alias within an alias comes by often.
    const target = this.#targets.get(source) ?? source.resolve(this.#document);
    this.#targets.set(source, target);
    return target ?? this.report(source.range, `no anchor "&${source.source}" stands above`);
  }
}

function addMissing(entries: Map<string, MapEntry>, more: ReadonlyMap<string, MapEntry>): void {
  for (const [key, entry] of more) if (!entries.has(key)) entries.set(key, entry);
}

function rangeOf(node: unknown): Range {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range : undefined;
}
