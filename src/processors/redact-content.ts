/** Takes prompts, answers and tool calls out of spans, or shortens them, before they are kept; no figure changes by it. */
import { z } from 'zod';
import { defineProcessor } from '../component/define.ts';
import { mapAttributes, put, remove, replaceValues } from '../data/attributes.ts';
import type { AnyValue, Attributes, Batch, Span } from '../data/batch.ts';
import { mapItems } from '../data/map-items.ts';
import { encodingOf, mapResources, mapScopes, mapSpans } from '../data/spans.ts';
import { valueText } from '../data/value-text.ts';
import { isContent, isContentOfEvent } from '../genai/content.ts';
import { cutFigures, figuresOf, holdsFigures } from '../genai/content-figures.ts';
import { knownFields } from '../otlp/known-fields.ts';

const Config = z.strictObject({
  action: z.enum(['drop', 'truncate']).default('drop').describe('Remove content, or keep the beginning of it.'),
  max_bytes: z
    .int()
    .positive()
    .default(2000)
    .describe(
      'Of action truncate: longest text to leave whole. A longer one is cut; an attribute of its name and ".truncated" has its length.',
    ),
  keep: z.array(z.string().min(1)).default([]).describe('Attributes to leave as they are, by name.'),
});
type Config = z.output<typeof Config>;

export const redactContentProcessor = defineProcessor({
  type: 'redact_content',
  summary: 'Removes or shortens prompts, answers and tool calls of every known emitter; figures stay the same.',
  signals: ['traces'],
  rewrites: true,
  config: Config,
  example: 'action: truncate\nmax_bytes: 500\nkeep: [gen_ai.tool.definitions]',
  removes: ({ action, keep }) => {
    const chosen = (key: string) => isContent(key) && !keep.includes(key) && !holdsFigures(key);
    return action === 'drop' ? (['span', 'resource'] as const).map((from) => ({ path: [], from, chosen })) : [];
  },
  create: (config) => {
    const redact = redactionOf(config);
    return (batch) => withoutUnknown(redactBatch(batch, redact));
  },
});

type Chosen = (key: string) => boolean;
type Redaction = (attributes: Attributes, chosen: Chosen) => Attributes;

function redactionOf({ action, max_bytes: maxBytes, keep }: Config): Redaction {
  const kept = new Set(keep);
  const redact: Redaction = action === 'drop' ? drop : (attributes, chosen) => truncate(attributes, chosen, maxBytes);
  return (attributes, isContent) => inMaps(attributes, { redact, isContent, isKept: (key) => kept.has(key) }, '');
}

type Search = Readonly<{ redact: Redaction; isContent: Chosen; isKept: Chosen }>;

/** `path`: the names of the maps around; a map and its member may make one name, `gen_ai` and `prompt`. */
function inMaps(attributes: Attributes, search: Search, path: string): Attributes {
  const { redact, isContent, isKept } = search;
  const either = (key: string, check: Chosen) => check(key) || (path !== '' && check(path + key));
  const chosen = (key: string) => either(key, isContent) && !either(key, isKept);
  const searched = replaceValues(
    attributes,
    (key) => !either(key, isContent) && !either(key, isKept),
    (value, key) => inValue(value, search, `${path}${key}.`),
  );
  return redact(searched, chosen);
}

/** As deep as decoding lets a value be. */
function inValue(value: AnyValue, search: Search, path: string): AnyValue {
  const { kvlistValue, arrayValue } = value;
  if (kvlistValue !== undefined) return { kvlistValue: { values: inMaps(kvlistValue.values ?? [], search, path) } };
  if (arrayValue === undefined) return value;
  return { arrayValue: { values: (arrayValue.values ?? []).map((item) => inValue(item, search, path)) } };
}

function redactBatch(batch: Batch, redact: Redaction): Batch {
  const own = (attributes: Attributes) => redact(attributes, isContent);
  const redactSpan = (span: Span): Span => {
    const { events = [], links = [] } = span;
    const redactedEvents = mapItems(events, (event) =>
      mapAttributes(event, (attributes) => redact(attributes, (key) => isContentOfEvent(event.name ?? '', key))),
    );
    const redactedLinks = mapItems(links, (link) => mapAttributes(link, own));
    const redacted = mapAttributes(span, own);
    if (redactedEvents === events && redactedLinks === links) return redacted;
    return { ...redacted, events: redactedEvents, links: redactedLinks };
  };
  const spans = mapSpans(batch, ({ span }) => redactSpan(span));
  return mapResources(
    mapScopes(spans, (scope) => mapAttributes(scope, own)),
    (resource) => mapAttributes(resource, own),
  );
}

/**
 * Written anew even where there was no content: the bytes that came may say more than was read from them, by a key that stands
 * twice or a field that nobody knows.
 */
function withoutUnknown(batch: Batch): Batch {
  if (batch.signal !== 'traces') return batch;
  return { signal: 'traces', resources: knownFields(batch.resources), encoding: encodingOf(batch) };
}

/** A figure among content stays, alone. */
function drop(attributes: Attributes, chosen: Chosen): Attributes {
  const reduced = replaceValues(
    attributes,
    (key) => holdsFigures(key) && chosen(key),
    (value, key) => figuresOf(key, value),
  );
  return remove(reduced, (key) => !holdsFigures(key) && chosen(key));
}

function truncate(attributes: Attributes, chosen: Chosen, maxBytes: number): Attributes {
  const lengths = new Map<string, number>();
  const shortened = replaceValues(attributes, chosen, (value, key) => {
    const text = longText(value, maxBytes);
    if (text === undefined || (holdsFigures(key) && figuresOf(key, value).stringValue === text)) return value;
    lengths.set(key, Buffer.byteLength(text));
    const shortText = { stringValue: cut(text, maxBytes) };
    return holdsFigures(key) ? cutFigures(key, value, shortText) : shortText;
  });
  return [...lengths].reduce((list, [key, bytes]) => put(list, `${key}.truncated`, { intValue: bytes }), shortened);
}

/** The text of a value that may be cut, a list or map as JSON, if it is too long. */
function longText(value: AnyValue, maxBytes: number): string | undefined {
  if ((value.boolValue ?? value.intValue ?? value.doubleValue) !== undefined) return undefined;
  const text = valueText(value);
  return Buffer.byteLength(text) > maxBytes ? text : undefined;
}

/** Ends with a whole character. */
function cut(text: string, maxBytes: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(maxBytes));
  return text.slice(0, read);
}
