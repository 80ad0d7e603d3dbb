/** Turns what a schema found wrong into faults of the user's file. */
import type { z } from 'zod';
import type { ConfigDocument, Node } from './document.ts';
import type { FaultParams } from './fields.ts';
import type { Path } from './place.ts';
import { scalarValue } from './read.ts';
import type { Fault } from './report.ts';
import { type Alternative, alternativesAt, isMap, isSecret, keysOf, literalsOf, reasonOf } from './shape.ts';
import { closest, suggest } from './suggest.ts';
import { gotText, oneOf, shortened } from './wording.ts';

type Issue = z.core.$ZodIssue;

/** `root` describes what may stand at `base`, to which the issue is relative. */
export function explainIssue(document: ConfigDocument, base: Path, root: readonly Alternative[], issue: Issue): readonly Fault[] {
  return concreteIssues(issue, root).flatMap((concrete) => {
    const steps = stepsOf(concrete);
    return faultsOf(document, [...base, ...steps], steps.reduce(alternativesAt, root), concrete);
  });
}

export function stepsOf(issue: Issue): Path {
  return issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
}

function faultsOf(document: ConfigDocument, path: Path, alternatives: readonly Alternative[], issue: Issue): readonly Fault[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(document, [...path, key], alternatives));
  if (issue.code === 'invalid_key') {
    const [reason = issue] = issue.issues;
    return [document.fault({ code: 'wrong_value', path, mark: 'key', message: withGot(reason, JSON.stringify(path.at(-1))) })];
  }
  const node = document.node(path);
  if (node === undefined) {
    const missing = isExpectation(issue) ? `missing key, ${issue.message}` : `missing key: ${issue.message}`;
    return [document.fault({ code: 'missing_key', path, message: missing })];
  }
  const value = node.kind === 'scalar' ? scalarValue(node, alternatives) : undefined;
  const got = issue.code === 'custom' ? gotWhole(node, value, alternatives) : gotText(node, value, isSecret(alternatives));
  if (issue.code === 'custom' && isUnsupported(issue.params)) {
    return [document.fault({ code: 'unsupported', path, message: `${got} is not supported here`, remedy: issue.message })];
  }
  const message = withGot(issue, got);
  return [document.fault({ code: 'wrong_value', path, message, remedy: remedyOf(issue, node, alternatives) })];
}

function unknownKey(document: ConfigDocument, path: Path, alternatives: readonly Alternative[]): Fault {
  const key = String(path.at(-1));
  const without = (reason: 'unsupported' | 'noEffect', names: readonly string[]) =>
    names.filter((name) => reasonOf(alternativesAt(alternatives, name), reason) === undefined);
  const known = without('unsupported', keysOf(alternatives));
  // What looks like a secret under a misspelled name is one.
  const meant = closest(key, known);
  if (meant !== undefined && isSecret(alternativesAt(alternatives, meant))) document.cover(document.place(path));
  return document.fault({
    code: 'unknown_key',
    path,
    mark: 'key',
    message: 'unknown key',
    remedy: suggest(key, known, without('noEffect', known)),
  });
}

/** A rule about all items of a list needs to be seen beside them. */
function gotWhole(node: Node, value: unknown, alternatives: readonly Alternative[]): string {
  if (node.kind !== 'list' || node.items.length === 0) return gotText(node, value, isSecret(alternatives));
  const items = node.items.map((item, index) => {
    const inner = alternativesAt(alternatives, index);
    return gotText(item, item.kind === 'scalar' ? scalarValue(item, inner) : undefined, isSecret(inner));
  });
  return shortened(`[${items.join(', ')}]`);
}

/** `expected …` asks for what came; any other sentence of a schema stands alone. */
function withGot(issue: Pick<Issue, 'message'>, got: string): string {
  return isExpectation(issue) ? `${issue.message}, got ${got}` : issue.message;
}

function isExpectation({ message }: Pick<Issue, 'message'>): boolean {
  return message.startsWith('expected ');
}

function isUnsupported({ code }: Readonly<Record<string, unknown>> = {}): boolean {
  return code === ('unsupported' satisfies FaultParams['code']);
}

function remedyOf(issue: Issue, node: Node, alternatives: readonly Alternative[]): string | undefined {
  if (node.kind !== 'scalar' || node.from !== undefined) return undefined;
  if (issue.message === 'expected text' && node.value !== null) return 'put it in quotes';
  if (typeof node.value !== 'string') return undefined;
  const glued = alternatives.some(isMap) ? /^([\w./-]+):(?!\/\/)\S/.exec(node.value)?.[1] : undefined;
  if (glued !== undefined) return `a space is missing after \`${glued}:\``;
  const names = alternatives.flatMap(({ schema }) => literalsOf(schema)).filter((literal) => typeof literal === 'string');
  const meant = closest(node.value, names);
  return meant === undefined || meant === node.value ? undefined : `did you mean "${meant}"?`;
}

/** Of a union: what is wrong with the alternative that was most likely meant, or else what all of them expected. */
function concreteIssues(issue: Issue, root: readonly Alternative[]): readonly Issue[] {
  if (issue.code !== 'invalid_union' || issue.message !== '') return [issue];
  const tries = issue.errors.map((errors) => errors.map((error) => ({ ...error, path: [...issue.path, ...error.path] })));
  const deeper = tries.filter((errors) => errors.every((error) => error.path.length > issue.path.length || 'keys' in error));
  const [meant] = deeper.sort((left, right) => left.length - right.length);
  if (meant !== undefined) return meant.flatMap((error) => concreteIssues(error, root));
  const expected = tries.flatMap(([first]) => (first && isExpectation(first) ? [first.message.replace('expected ', '')] : []));
  // No member of a discriminated union was tried: its name decides.
  const names = stepsOf(issue)
    .reduce(alternativesAt, root)
    .flatMap(({ schema }) => literalsOf(schema));
  const words = expected.length > 0 ? [...new Set(expected)].join(' or ') : oneOf(names);
  return [{ ...issue, message: `expected ${words}` }];
}
