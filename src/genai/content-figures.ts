/** Saves the figures that emitters put among content, so that content can go without a figure going with it. */
import type { AnyValue } from '../data/batch.ts';
import { ALIASES, type Aliases } from './aliases.ts';
import { memberOf } from './any-value.ts';
import { isContent } from './content.ts';
import { DISCONNECTED } from './outcome.ts';

type Json = { [name: string]: Json } | string | number | null;

/** By content attribute: where in its JSON amounts are read. */
const PATHS: ReadonlyMap<string, readonly (readonly string[])[]> = pathsByKey(Object.values<Aliases>(ALIASES).flat());

/** The outcome is read from it. */
const MESSAGE = 'exception.message';

/** What the connector reads as an amount, or as one that is not finite. */
const AMOUNT = /^[+-]?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|nan|inf|infinity)$/i;

export function holdsFigures(key: string): boolean {
  return PATHS.has(key) || key === MESSAGE;
}

/** JSON in which the figures stand where they stood, and nothing else does; of an error its message if it is one that counts. */
export function figuresOf(key: string, value: AnyValue): AnyValue {
  if (key === MESSAGE) return { stringValue: value.stringValue === DISCONNECTED ? DISCONNECTED : '' };
  const figures = (PATHS.get(key) ?? []).reduce<Json>((json, path) => {
    const amount = memberOf(value, path);
    return amount === undefined ? json : withMember(json, path, jsonOf(amount));
  }, {});
  return { stringValue: JSON.stringify(figures) };
}

/** Of one that is too long. Half a JSON holds no figure, half a message may be one that the whole was not. */
export function cutFigures(key: string, value: AnyValue, beginning: AnyValue): AnyValue {
  const figures = figuresOf(key, value);
  if (key !== MESSAGE || figures.stringValue === DISCONNECTED || beginning.stringValue === DISCONNECTED) return figures;
  return beginning;
}

function pathsByKey(aliases: Aliases): ReadonlyMap<string, readonly (readonly string[])[]> {
  const paths = new Map<string, (readonly string[])[]>();
  for (const alias of aliases) {
    if (typeof alias === 'string' || alias.path === undefined || !isContent(alias.key)) continue;
    paths.set(alias.key, [...(paths.get(alias.key) ?? []), alias.path]);
  }
  return paths;
}

function withMember(json: Json, [name, ...rest]: readonly string[], leaf: Json): Json {
  if (name === undefined) return leaf;
  const members = typeof json === 'object' && json !== null ? json : {};
  return { ...members, [name]: withMember(members[name] ?? {}, rest, leaf) };
}

/** What is no amount stays none, but says no more. */
function jsonOf({ intValue, doubleValue, stringValue }: AnyValue): Json {
  const amount = intValue ?? doubleValue ?? stringValue;
  if (typeof amount === 'number') return Number.isFinite(amount) ? amount : String(amount);
  return amount === undefined ? null : (AMOUNT.exec(amount)?.[0] ?? '');
}
