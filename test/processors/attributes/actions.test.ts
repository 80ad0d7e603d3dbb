/** What every action does to the attributes of a span: as a Collector 0.155 does, save that what does not fit an integer stays. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AnyValue, Attributes } from '../../../src/data/batch.ts';
import { attributesProcessor } from '../../../src/processors/attributes/index.ts';
import { attributesOf, batchWith, processedAttributes, processorFrom, spansIn, type Written } from '../../helpers/processing.ts';

type Case = readonly [what: string, action: string, given: Written, expected: Written];

const MAP: AnyValue = {
  kvlistValue: {
    values: [
      { key: 'b', value: { intValue: '7' } },
      { key: 'a', value: {} },
    ],
  },
};
const LIST: AnyValue = { arrayValue: { values: [{ boolValue: true }, {}, { bytesValue: 'AQI=' }, { doubleValue: 1.5 }] } };

function processorOf(...actions: readonly string[]) {
  return processorFrom(attributesProcessor, `actions:\n${actions.map((action) => `  - { ${action} }\n`).join('')}`);
}

function check(cases: readonly Case[]): void {
  for (const [what, action, given, expected] of cases) {
    it(what, () => assert.deepEqual(processedAttributes(processorOf(action), attributesOf(given)), attributesOf(expected)));
  }
}

describe('insert', () =>
  check([
    ['writes what is absent, behind the others', 'action: insert, key: b, value: new', { a: 'x' }, { a: 'x', b: 'new' }],
    ['leaves what is there', 'action: insert, key: a, value: new', { a: 'x' }, { a: 'x' }],
    ['leaves what is there without a value', 'action: insert, key: a, value: new', { a: {} }, { a: {} }],
    ['writes whole numbers as integers', 'action: insert, key: a, value: 5', {}, { a: { intValue: '5' } }],
    ['writes fractions as doubles', 'action: insert, key: a, value: 5.5', {}, { a: { doubleValue: 5.5 } }],
    ['writes booleans', 'action: insert, key: a, value: true', {}, { a: { boolValue: true } }],
    ['writes empty text', 'action: insert, key: a, value: ""', {}, { a: '' }],
    ['may be written in capitals', 'action: INSERT, key: a, value: x', {}, { a: 'x' }],
    ['copies another attribute with its type', 'action: insert, key: b, from_attribute: a', { a: MAP }, { a: MAP, b: MAP }],
    ['copies an empty value', 'action: insert, key: b, from_attribute: a', { a: {} }, { a: {}, b: {} }],
    ['writes nothing when the other attribute is absent', 'action: insert, key: b, from_attribute: a', { c: 'x' }, { c: 'x' }],
    ['writes a default then', 'action: insert, key: b, from_attribute: a, default_value: 3', {}, { b: { intValue: '3' } }],
    ['needs no default else', 'action: insert, key: b, from_attribute: a, default_value: 3', { a: 'x' }, { a: 'x', b: 'x' }],
  ]));

describe('update', () =>
  check([
    ['overwrites what is there, in its place', 'action: update, key: a, value: new', { a: 'x', b: 'y' }, { a: 'new', b: 'y' }],
    ['writes nothing that was absent', 'action: update, key: b, value: new', { a: 'x' }, { a: 'x' }],
    ['takes the value of another attribute', 'action: update, key: b, from_attribute: a', { a: 'x', b: 'y' }, { a: 'x', b: 'x' }],
    ['leaves it when the other is absent', 'action: update, key: b, from_attribute: a', { b: 'y' }, { b: 'y' }],
  ]));

describe('upsert', () =>
  check([
    ['overwrites', 'action: upsert, key: a, value: new', { a: 'x' }, { a: 'new' }],
    ['writes', 'action: upsert, key: b, value: new', { a: 'x' }, { a: 'x', b: 'new' }],
    ['changes the type', 'action: upsert, key: a, value: 1', { a: 'x' }, { a: { intValue: '1' } }],
  ]));

describe('delete', () =>
  check([
    ['removes by key', 'action: delete, key: a', { a: 'x', b: 'y' }, { b: 'y' }],
    ['removes by pattern, anywhere in the name', 'action: delete, pattern: "user"', { 'enduser.id': 'x', b: 'y' }, { b: 'y' }],
    ['removes by both', 'action: delete, key: a, pattern: "^c$"', { a: 'x', b: 'y', c: 'z', cc: 'z' }, { b: 'y', cc: 'z' }],
    ['ignores case only when told', 'action: delete, pattern: "(?i)^KEY$"', { key: 'x', other: 'y' }, { other: 'y' }],
    ['leaves the rest', 'action: delete, key: __proto__', { a: 'x' }, { a: 'x' }],
  ]));

describe('hash', () =>
  check([
    [
      'takes text',
      'action: hash, key: a',
      { a: 'bob' },
      { a: '81b637d8fcd2c6da6359e6963113a1170de795e4b725b84d1e0b4cfd9ec58ce9' },
    ],
    [
      'takes empty text',
      'action: hash, key: a',
      { a: '' },
      { a: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' },
    ],
    [
      'takes integers as 8 bytes little-endian',
      'action: hash, key: a',
      { a: { intValue: '-2' } },
      { a: '81b37f7f8b78762feb067131152a700548754f937a0668c1f327d2ee1a2d2801' },
    ],
    [
      'takes doubles as 8 bytes little-endian',
      'action: hash, key: a',
      { a: { doubleValue: 1.5 } },
      { a: 'e163f8cb0f7067a7fc78ca859a77f849aea3214f38fb75b884e4a16be725c905' },
    ],
    [
      'takes booleans as one byte',
      'action: hash, key: a',
      { a: { boolValue: true } },
      { a: '4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a' },
    ],
    [
      'leaves nothing of lists, maps and bytes',
      'action: hash, pattern: .',
      { a: MAP, b: LIST, c: { bytesValue: 'AQI=' } },
      { a: '', b: '', c: '' },
    ],
    [
      'takes names by pattern',
      'action: hash, pattern: "^user\\\\."',
      { 'user.id': 'bob', 'a.user.id': 'bob' },
      { 'user.id': '81b637d8fcd2c6da6359e6963113a1170de795e4b725b84d1e0b4cfd9ec58ce9', 'a.user.id': 'bob' },
    ],
  ]));

describe('extract', () => {
  const action = 'action: extract, key: a, pattern: "^(?P<user>[^@]*)@(?P<host>x)?"';
  check([
    ['writes each group under its name', action, { a: 'bob@x' }, { a: 'bob@x', user: 'bob', host: 'x' }],
    ['writes empty text for a group that took no part', action, { a: 'bob@y' }, { a: 'bob@y', user: 'bob', host: '' }],
    ['overwrites', action, { host: 'old', a: 'bob@x' }, { host: 'x', a: 'bob@x', user: 'bob' }],
    ['writes nothing when the text does not match', action, { a: 'bob' }, { a: 'bob' }],
    ['reads text only', action, { a: { bytesValue: 'bob@x' } }, { a: { bytesValue: 'bob@x' } }],
  ]);
});

describe('convert', () => {
  const to = (type: string) => `action: convert, key: a, converted_type: ${type}`;
  const cases: readonly (readonly [type: string, from: AnyValue | string, to: AnyValue | string])[] = [
    ['int', '5', { intValue: '5' }],
    ['int', '+5', { intValue: '5' }],
    ['int', '-9223372036854775808', { intValue: '-9223372036854775808' }],
    ['int', '000000000000000000000000000000005', { intValue: '5' }],
    ['int', '9223372036854775808', '9223372036854775808'],
    ['int', ' 5', ' 5'],
    ['int', '1_0', '1_0'],
    ['int', '2.0', '2.0'],
    ['int', '', ''],
    ['int', { doubleValue: 2.9 }, { intValue: '2' }],
    ['int', { doubleValue: -2.9 }, { intValue: '-2' }],
    ['int', { doubleValue: 1e300 }, { doubleValue: 1e300 }],
    ['int', { doubleValue: 'NaN' }, { doubleValue: 'NaN' }],
    ['int', { boolValue: true }, { intValue: 1 }],
    ['int', { intValue: '7' }, { intValue: '7' }],
    ['int', MAP, MAP],
    ['double', '0.1', { doubleValue: 0.1 }],
    ['double', '.5', { doubleValue: 0.5 }],
    ['double', '1e-3', { doubleValue: 0.001 }],
    ['double', '1_000', { doubleValue: 1000 }],
    ['double', '-Inf', { doubleValue: '-Infinity' }],
    ['double', 'NaN', { doubleValue: 'NaN' }],
    ['double', '1e999', '1e999'],
    ['double', '0.1 USD', '0.1 USD'],
    ['double', { intValue: '3' }, { doubleValue: 3 }],
    ['double', { boolValue: false }, { doubleValue: 0 }],
    ['double', LIST, LIST],
    ['string', { doubleValue: 2.5 }, '2.5'],
    ['string', { doubleValue: 1e-7 }, '1e-7'],
    ['string', { doubleValue: 1e21 }, '1e+21'],
    ['string', { intValue: '9007199254740993' }, '9007199254740993'],
    ['string', { boolValue: false }, 'false'],
    ['string', { bytesValue: 'AQI=' }, 'AQI='],
    ['string', MAP, '{"a":null,"b":7}'],
    ['string', LIST, '[true,null,"AQI=",1.5]'],
    ['string', {}, ''],
  ];
  check(
    cases.map(([type, a, b]) => [`of ${JSON.stringify(a)} to ${type} gives ${JSON.stringify(b)}`, to(type), { a }, { a: b }]),
  );

  it('is quick on digits without end', () => {
    const given = attributesOf({ a: '9'.repeat(5_000_000) });
    const beganMs = performance.now();
    assert.deepEqual(processedAttributes(processorOf(to('int')), given), given);
    assert.ok(performance.now() - beganMs < 1_000);
  });
});

describe('a key that stands twice', () => {
  const twice: Attributes = [...attributesOf({ a: 'first' }), ...attributesOf({ b: 'x', a: 'last' })];
  const after = (action: string) =>
    processedAttributes(processorOf(action), twice).map(({ key, value }) => `${key}=${value?.stringValue}`);

  it('is deleted wherever it stands', () => assert.deepEqual(after('action: delete, key: a'), ['b=x']));

  it('is hashed wherever it stands', () => assert.ok(after('action: hash, key: a').every((one) => !/first|last/.test(one))));

  it('is overwritten wherever it stands', () =>
    assert.deepEqual(after('action: update, key: a, value: new'), ['a=new', 'b=x', 'a=new']));

  it('gives its last value', () =>
    assert.deepEqual(after('action: insert, key: c, from_attribute: a'), ['a=first', 'b=x', 'a=last', 'c=last']));
});

describe('several actions', () => {
  it('are done in their order', () => {
    const processor = processorOf('action: insert, key: b, from_attribute: a', 'action: delete, key: a', 'action: hash, key: a');
    assert.deepEqual(processedAttributes(processor, attributesOf({ a: 'x' })), attributesOf({ b: 'x' }));
  });
});

describe('a batch', () => {
  const spans = [
    { name: 'one', attributes: attributesOf({ a: 'x' }) },
    { name: 'two', attributes: attributesOf({ b: 'y' }) },
    { name: 'three' },
  ];

  it('is the same object when no action finds anything to do', () => {
    const batch = batchWith(spans);
    const processor = processorOf(
      'action: insert, key: a, from_attribute: absent',
      'action: update, key: absent, value: x',
      'action: delete, pattern: absent',
      'action: hash, key: absent',
      'action: extract, key: a, pattern: "(?P<n>absent)"',
      'action: convert, key: a, converted_type: string',
    );
    assert.equal(processor(batch), batch);
  });

  it('is the same object when what is written stands there already', () => {
    const batch = batchWith([
      { attributes: attributesOf({ a: { kvlistValue: { values: [] } }, b: { kvlistValue: { values: [] } }, c: 'x' }) },
    ]);
    const processor = processorOf('action: upsert, key: b, from_attribute: a', 'action: update, key: c, value: x');
    assert.equal(processor(batch), batch);
  });

  it('shares what did not change, and leaves its bytes behind', () => {
    const batch = batchWith(spans, { resource: { attributes: attributesOf({ r: 'z' }) }, scope: { name: 's' } });
    const processed = processorOf('action: delete, key: a')(batch);
    assert.ok(processed?.signal === 'traces');
    assert.equal(processed.encoded, undefined);
    assert.equal(processed.resources[0]?.resource, batch.resources[0]?.resource);
    assert.equal(processed.resources[0]?.scopeSpans?.[0]?.scope, batch.resources[0]?.scopeSpans?.[0]?.scope);
    assert.deepEqual(spansIn(processed)[0], { name: 'one', attributes: [] });
    assert.equal(spansIn(processed)[1], spansIn(batch)[1]);
    assert.equal(spansIn(processed)[2], spansIn(batch)[2]);
  });

  it('of metrics or logs passes', () => {
    const metrics = { signal: 'metrics', resources: [{ any: 1 }] } as const;
    assert.equal(processorOf('action: insert, key: a, value: x')(metrics), metrics);
  });

  it('is not looked into below the attributes of spans', () => {
    const event = { name: 'e', attributes: attributesOf({ a: 'x' }) };
    const batch = batchWith([{ events: [event], links: [{ attributes: attributesOf({ a: 'x' }) }] }], {
      resource: { attributes: attributesOf({ a: 'x' }) },
      scope: { attributes: attributesOf({ a: 'x' }) },
    });
    assert.equal(processorOf('action: delete, key: a')(batch), batch);
  });
});
