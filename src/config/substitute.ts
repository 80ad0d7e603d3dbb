/** Resolves `${…}` in the values of a config, once: what comes in is text and is not looked into. */
import type { MapEntry, Node, ScalarNode } from './document.ts';
import { type Path, pathText } from './place.ts';
import { createFault, type Fault, type FaultCode, type FaultLevel } from './report.ts';

export type Surroundings = Readonly<{
  environment: Readonly<Record<string, string | undefined>>;
  /** How bad a variable or file is that is not there: running needs it, validating does not. */
  unset: 'error' | 'warning';
  /** The text of a file that is named in `configFile`; undefined if there is none. Throws if it cannot be read. */
  readText(path: string, configFile: string): string | undefined;
}>;

type Substituted = Readonly<{ root: Node; faults: readonly Fault[] }>;

export function substitute(root: Node, surroundings: Surroundings): Substituted {
  const faults: Fault[] = [];
  const substituted = substituteNode(root, [], surroundings, faults);
  // What stands behind an anchor is met at every alias.
  const sameText = Map.groupBy(faults, ({ place, message }) => JSON.stringify([place, message]));
  return { root: substituted, faults: [...sameText.values()].flatMap(([first]) => first ?? []) };
}

function substituteNode(node: Node, path: Path, surroundings: Surroundings, faults: Fault[]): Node {
  switch (node.kind) {
    case 'map': {
      const entries = [...node.entries].map(([key, entry]): [string, MapEntry] => [
        key,
        { ...entry, value: substituteNode(entry.value, [...path, key], surroundings, faults) },
      ]);
      return { ...node, entries: new Map(entries) };
    }
    case 'list':
      return { ...node, items: node.items.map((item, index) => substituteNode(item, [...path, index], surroundings, faults)) };
    case 'scalar': {
      if (typeof node.value !== 'string' || !node.value.includes('$')) return node;
      const { problems, ...resolved } = resolveScalar(node, node.value, surroundings);
      const position = { path: pathText(path), place: node.place };
      faults.push(...problems.map((problem) => createFault({ ...problem, ...position })));
      return problems.length === 0 ? { ...node, ...resolved } : { ...node, whole: resolved.whole, unresolved: true };
    }
  }
}

type Problem = Readonly<{ code: FaultCode; level?: FaultLevel; message: string; remedy?: string }>;
type Part = Readonly<{ text: string; name?: string; hidden?: boolean } | { problem: Problem }>;
type Resolved = Pick<ScalarNode, 'value' | 'from' | 'whole' | 'defaulted' | 'hidden'> &
  Readonly<{ problems: readonly Problem[] }>;

function resolveScalar(node: ScalarNode, text: string, surroundings: Surroundings): Resolved {
  const parts = [...split(text)].map((piece) => resolvePiece(piece, node.place.file, surroundings));
  const good = parts.flatMap((part) => ('text' in part ? [part] : []));
  const names = good.flatMap(({ name }) => name ?? []);
  const problems = parts.flatMap((part) => ('problem' in part ? [part.problem] : []));
  return {
    value: good.map((part) => part.text).join(''),
    ...(names.length > 0 && { from: names.join(', ') }),
    whole: parts.length === 1 && names.length + problems.length === 1,
    defaulted: text.includes(':-'),
    hidden: good.some(({ hidden }) => hidden),
    problems,
  };
}

/** Literal text, `$$`, and references with all that stands inside them. */
function* split(text: string): Generator<string> {
  let rest = text;
  while (rest !== '') {
    const literal = /^(?:[^$]|\$(?![${]))+/.exec(rest)?.[0];
    const piece = literal ?? (rest.startsWith('$$') ? '$$' : rest.slice(0, referenceLength(rest)));
    yield piece;
    rest = rest.slice(piece.length);
  }
}

/** Up to the brace that closes it, however many open in between. */
function referenceLength(text: string): number {
  let depth = 0;
  for (const { 0: brace, index } of text.matchAll(/\$\{|\}/g)) {
    depth += brace === '}' ? -1 : 1;
    if (depth === 0) return index + 1;
  }
  return text.length;
}

function resolvePiece(piece: string, configFile: string, surroundings: Surroundings): Part {
  if (piece === '$$') return { text: '$' };
  if (!piece.startsWith('${')) return { text: piece };
  // The text may be a secret with a stray dollar: it is not repeated.
  if (!piece.endsWith('}')) return wrong('a reference is not closed', 'add "}", or write $$ for a literal $');
  const inside = piece.slice(2, -1);
  if (inside.includes('${')) return wrong('a reference inside a reference is not read', 'write one reference');
  const [, variable, fallback] = /^(?:env:)?([A-Za-z_]\w*)(?::-(.*))?$/s.exec(inside) ?? [];
  if (variable !== undefined) return resolveVariable(variable, fallback, surroundings);
  if (inside.startsWith('file:')) return resolveFile(inside.slice('file:'.length), configFile, surroundings);
  if (/^(?:yaml|https?):/.test(inside)) {
    return {
      problem: {
        code: 'unsupported',
        message: 'known to the Collector, not supported here',
        remedy: 'the config is never fetched',
      },
    };
  }
  return wrong(
    'what is in ${ } is no reference',
    'write ${env:NAME}, ${env:NAME:-default} or ${file:path}, or $$ for a literal $',
  );
}

function resolveVariable(name: string, fallback: string | undefined, { environment, unset }: Surroundings): Part {
  const text = (Object.hasOwn(environment, name) ? environment[name] : undefined) ?? fallback;
  if (text !== undefined) return fromOutside(text, name);
  const remedy = `set it, or give a default: \${env:${name}:-…}`;
  return { problem: { code: 'unset_variable', level: unset, message: `variable ${name} is not set`, remedy } };
}

function resolveFile(path: string, configFile: string, { readText, unset }: Surroundings): Part {
  try {
    const text = readText(path, configFile);
    if (text === undefined) return { problem: { code: 'unset_variable', level: unset, message: `there is no file "${path}"` } };
    return { ...fromOutside(text.replace(/\r?\n$/, ''), path), hidden: true };
  } catch (error) {
    return wrong(`cannot read "${path}": ${error instanceof Error ? error.message : error}`);
  }
}

function fromOutside(text: string, name: string): Part {
  if (/\$\{[^}]*\}/.test(text)) return wrong(`the value of ${name} holds a reference, and values are not read again`);
  return { text, name };
}

function wrong(message: string, remedy?: string): Part {
  return { problem: { code: 'wrong_value', message, ...(remedy && { remedy }) } };
}
