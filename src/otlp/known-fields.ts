/** Leaves of a batch what OTLP knows: a sender may write anything beside it, and in JSON it would be sent on unseen. */
import type { ResourceSpans } from '../data/batch.ts';
import { isObject } from './inspector.ts';

/** Undefined: the field goes. */
type Pick = (value: unknown) => unknown;

const COUNT = /^\d{1,10}$/;

const text: Pick = (value) => (typeof value === 'string' ? value : undefined);
const flag: Pick = (value) => (typeof value === 'boolean' ? value : undefined);
const number: Pick = (value) => (typeof value === 'number' ? value : undefined);
/** Numbers of 64 bits and names of an enumeration; decoding has judged the text. */
const numberOrText: Pick = (value) => number(value) ?? text(value);
/** Decoding does not look at it. */
const count: Pick = (value) => number(value) ?? (typeof value === 'string' && COUNT.test(value) ? value : undefined);

const ENTITY_REF = message({ schemaUrl: text, type: text, idKeys: list(text), descriptionKeys: list(text) });

/** A value holds lists of values: as deep as decoding lets it. */
const anyValue: Pick = (value) => ANY_VALUE(value);
const KEY_VALUE = message({ key: text, value: anyValue });
const ANY_VALUE = message({
  stringValue: text,
  boolValue: flag,
  intValue: numberOrText,
  doubleValue: numberOrText,
  arrayValue: message({ values: list(anyValue) }),
  kvlistValue: message({ values: list(KEY_VALUE) }),
  bytesValue: text,
});

const ATTRIBUTES = { attributes: list(KEY_VALUE), droppedAttributesCount: count };
const EVENT = message({ timeUnixNano: numberOrText, name: text, ...ATTRIBUTES });
const LINK = message({ traceId: text, spanId: text, traceState: text, flags: number, ...ATTRIBUTES });

const SPAN = message({
  traceId: text,
  spanId: text,
  parentSpanId: text,
  traceState: text,
  flags: number,
  name: text,
  kind: numberOrText,
  startTimeUnixNano: numberOrText,
  endTimeUnixNano: numberOrText,
  ...ATTRIBUTES,
  events: list(EVENT),
  droppedEventsCount: count,
  links: list(LINK),
  droppedLinksCount: count,
  status: message({ message: text, code: numberOrText }),
});

const RESOURCE_SPANS = list(
  message({
    resource: message({ ...ATTRIBUTES, entityRefs: list(ENTITY_REF) }),
    scopeSpans: list(
      message({ scope: message({ name: text, version: text, ...ATTRIBUTES }), spans: list(SPAN), schemaUrl: text }),
    ),
    schemaUrl: text,
  }),
);

/** A copy with the fields of OTLP's schema and no others. */
export function knownFields(resources: readonly ResourceSpans[]): readonly ResourceSpans[] {
  // The fields are a part of those that the argument had, each of the type it had.
  return RESOURCE_SPANS(resources) as readonly ResourceSpans[];
}

function message(picks: Readonly<Record<string, Pick>>): Pick {
  const fields = Object.entries(picks);
  return (value) => {
    if (!isObject(value)) return undefined;
    const known: Record<string, unknown> = {};
    for (const [name, pick] of fields) {
      const picked = pick(value[name]);
      if (picked !== undefined) known[name] = picked;
    }
    return known;
  };
}

function list(pick: Pick): Pick {
  return (value) => (Array.isArray(value) ? value.map(pick).filter((item) => item !== undefined) : undefined);
}
