/** Generated trace requests in OTLP/JSON, as an honest and diligent sender would write them. */
import fc from 'fast-check';

const text = fc.oneof(
  { weight: 6, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
  { weight: 1, arbitrary: fc.nat(3000).map((length) => 'é€😀x'.repeat(length / 4)) },
);
const int64 = fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String));
const double = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom('NaN', 'Infinity', '-Infinity', '0.008625'),
);
const uint32 = fc.nat(2 ** 32 - 1);
const time = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String);

function id(bytes: number): fc.Arbitrary<string> {
  const ofLength = (length: number): fc.Arbitrary<string> =>
    fc.uint8Array({ minLength: length, maxLength: length }).map((content) => Buffer.from(content).toString('hex'));
  return fc.oneof({ weight: 9, arbitrary: ofLength(bytes) }, { weight: 1, arbitrary: fc.nat(40).chain(ofLength) });
}

/** Every member may be missing. */
function record(members: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Record<string, unknown>> {
  return fc.record(members, { requiredKeys: [] });
}

const { keyValue } = fc.letrec<{ value: object; keyValue: object }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.record({ stringValue: text }),
    fc.record({ boolValue: fc.boolean() }),
    fc.record({ intValue: int64 }),
    fc.record({ doubleValue: double }),
    fc.record({ bytesValue: fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('base64')) }),
    fc.constant({}),
    fc.record({ arrayValue: record({ values: fc.array(tie('value'), { maxLength: 4 }) }) }),
    fc.record({ kvlistValue: record({ values: fc.array(tie('keyValue'), { maxLength: 4 }) }) }),
  ),
  keyValue: fc.record({ key: text, value: tie('value') }, { requiredKeys: ['key'] }),
}));
const attributes = fc.array(keyValue, { maxLength: 5 });

const event = record({ timeUnixNano: time, name: text, attributes, droppedAttributesCount: uint32 });
const link = record({
  traceId: id(16),
  spanId: id(8),
  traceState: text,
  attributes,
  droppedAttributesCount: uint32,
  flags: uint32,
});
const span = record({
  traceId: id(16),
  spanId: id(8),
  parentSpanId: id(8),
  traceState: text,
  flags: uint32,
  name: text,
  kind: fc.nat(5),
  startTimeUnixNano: time,
  endTimeUnixNano: time,
  attributes,
  droppedAttributesCount: uint32,
  events: fc.array(event, { maxLength: 3 }),
  droppedEventsCount: uint32,
  links: fc.array(link, { maxLength: 3 }),
  droppedLinksCount: uint32,
  status: record({ code: fc.nat(2), message: text }),
});
const scope = record({ name: text, version: text, attributes, droppedAttributesCount: uint32 });
const scopeSpans = record({ scope, spans: fc.array(span, { maxLength: 4 }), schemaUrl: text });
const entityRef = record({ schemaUrl: text, type: text, idKeys: fc.array(text), descriptionKeys: fc.array(text) });
const resource = record({ attributes, droppedAttributesCount: uint32, entityRefs: fc.array(entityRef, { maxLength: 2 }) });
const resourceSpans = record({ resource, scopeSpans: fc.array(scopeSpans, { maxLength: 3 }), schemaUrl: text });

/** The entries of a request. */
export const generatedResources = fc.array(resourceSpans, { maxLength: 3 });
