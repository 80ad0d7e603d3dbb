import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { spanCount } from '../../src/data/spans.ts';
import { decodeTracesJson } from '../../src/otlp/json.ts';

const VALUES = [null, true, 0, -1, 1.5, '', [], {}] as const;
type Kind = 'text' | 'int' | 'enum' | 'double' | 'bool' | 'time' | 'list' | 'map' | 'container';

/** Which of the values a field of this kind takes; null is everywhere another word for absent. */
const TAKEN: Readonly<Record<Kind, readonly unknown[]>> = {
  text: [''],
  int: [0],
  enum: [0],
  double: [0, -1, 1.5],
  bool: [true],
  time: [0],
  list: [[]],
  map: [{}],
  container: [[]],
};

/** Every field that is read, with a path to it in the golden request below. */
const FIELDS: readonly (readonly [path: string, kind: Kind])[] = [
  ['resourceSpans', 'container'],
  ['resourceSpans.0.schemaUrl', 'text'],
  ['resourceSpans.0.resource', 'map'],
  ['resourceSpans.0.resource.attributes', 'list'],
  ['resourceSpans.0.scopeSpans', 'container'],
  ['resourceSpans.0.scopeSpans.0.schemaUrl', 'text'],
  ['resourceSpans.0.scopeSpans.0.scope', 'map'],
  ['resourceSpans.0.scopeSpans.0.scope.name', 'text'],
  ['resourceSpans.0.scopeSpans.0.scope.version', 'text'],
  ['resourceSpans.0.scopeSpans.0.scope.attributes', 'list'],
  ['resourceSpans.0.scopeSpans.0.spans', 'container'],
  ...(
    [
      ['traceId', 'text'],
      ['spanId', 'text'],
      ['parentSpanId', 'text'],
      ['traceState', 'text'],
      ['name', 'text'],
      ['flags', 'int'],
      ['kind', 'enum'],
      ['startTimeUnixNano', 'time'],
      ['endTimeUnixNano', 'time'],
      ['attributes', 'list'],
      ['attributes.0.key', 'text'],
      ['attributes.0.value', 'map'],
      ['attributes.0.value.stringValue', 'text'],
      ['attributes.1.value.boolValue', 'bool'],
      ['attributes.2.value.doubleValue', 'double'],
      ['attributes.3.value.arrayValue', 'map'],
      ['attributes.3.value.arrayValue.values', 'list'],
      ['attributes.4.value.kvlistValue', 'map'],
      ['attributes.4.value.kvlistValue.values', 'list'],
      ['attributes.4.value.kvlistValue.values.0.key', 'text'],
      ['attributes.5.value.bytesValue', 'text'],
      ['events', 'list'],
      ['events.0.timeUnixNano', 'time'],
      ['events.0.name', 'text'],
      ['events.0.attributes', 'list'],
      ['links', 'list'],
      ['links.0.traceId', 'text'],
      ['links.0.spanId', 'text'],
      ['links.0.traceState', 'text'],
      ['links.0.flags', 'int'],
      ['links.0.attributes', 'list'],
      ['status', 'map'],
      ['status.code', 'enum'],
      ['status.message', 'text'],
    ] as const
  ).map(([path, kind]) => [`resourceSpans.0.scopeSpans.0.spans.0.${path}`, kind] as const),
];

const SPAN = {
  traceId: '5b8efff798038103d269b633813fc60c',
  spanId: 'eee19b7ec3c1b174',
  attributes: [
    { key: 'text', value: { stringValue: 'x' } },
    { key: 'flag', value: { boolValue: false } },
    { key: 'double', value: { doubleValue: 0.5 } },
    { key: 'list', value: { arrayValue: { values: [{ intValue: 1 }] } } },
    { key: 'map', value: { kvlistValue: { values: [{ key: 'k', value: { intValue: '1' } }] } } },
    { key: 'bytes', value: { bytesValue: 'AAEC' } },
  ],
  events: [{ timeUnixNano: '1', name: 'e' }],
  links: [{ traceId: '5b8efff798038103d269b633813fc60c' }],
  status: { code: 1 },
};
const GOLDEN = { resourceSpans: [{ resource: {}, scopeSpans: [{ scope: {}, spans: [SPAN, { name: 'neighbour' }] }] }] };

/** The golden request with another value at the path; undefined: without the field. */
function withValue(path: string, value: unknown): { resourceSpans?: unknown } {
  const request = structuredClone(GOLDEN);
  const steps = path.split('.');
  const last = steps.pop() ?? '';
  const owner = steps.reduce<Record<string, unknown>>((node, step) => node[step] as Record<string, unknown>, request);
  if (value === undefined) delete owner[last];
  else owner[last] = value;
  return request;
}

describe('each field with each value', () => {
  for (const [path, kind] of FIELDS) {
    for (const value of VALUES) {
      const taken = TAKEN[kind].some((one) => JSON.stringify(one) === JSON.stringify(value));
      const expected = taken ? 'is taken' : value === null || kind !== 'container' ? 'is absent' : 'is refused';
      it(`${path} = ${JSON.stringify(value)} ${expected}`, () => {
        const request = withValue(path, value);
        const { batch, receipt, faults } = decodeTracesJson(Buffer.from(JSON.stringify(request)));
        if (expected === 'is refused') {
          assert.equal(receipt.rejected, 1);
          assert.equal(batch.encoded, undefined);
          return;
        }
        const plain = withValue(path, taken ? value : undefined);
        if (!taken && path.endsWith('.key')) assert.match(JSON.stringify(batch.resources), /"key":""/);
        else assert.deepEqual(batch.resources, plain.resourceSpans ?? []);
        assert.equal(receipt.rejected, 0);
        assert.equal(faults.size, taken || value === null ? 0 : 1, [...faults.keys()].join());
        assert.ok(batch.encoded);
        if (kind !== 'container') assert.equal(spanCount(batch), 2);
      });
    }
  }

  it('takes enums as numbers, as digits and by name', () => {
    for (const [kind, known] of [
      [3, true],
      ['3', true],
      ['SPAN_KIND_CLIENT', true],
      [6, false],
      ['CLIENT', false],
    ] as const) {
      const { faults } = decodeTracesJson(
        Buffer.from(JSON.stringify(withValue('resourceSpans.0.scopeSpans.0.spans.0.kind', kind))),
      );
      assert.deepEqual([...faults.keys()], known ? [] : ['span.kind']);
    }
  });

  it('counts the faults of a field, and an odd entry of a list as one of them', () => {
    const odd = { attributes: [5, { key: 'k' }, null], events: ['x'], links: [[]] };
    const { batch, faults } = decodeTracesJson(
      Buffer.from(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [odd] }] }] })),
    );
    assert.deepEqual(Object.fromEntries(faults), { 'span.attributes': 2, 'span.events': 1, 'span.links': 1 });
    assert.deepEqual(batch.resources, [{ scopeSpans: [{ spans: [{ attributes: [{ key: 'k' }], events: [], links: [] }] }] }]);
  });
});
