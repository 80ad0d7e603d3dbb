/** Which spans the processor is for. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Resource, Scope, Span } from '../../../src/data/batch.ts';
import { attributesProcessor } from '../../../src/processors/attributes/index.ts';
import { attributesOf, batchWith, processorFrom, spansIn } from '../../helpers/processing.ts';

const SPAN: Span = {
  name: 'LLM Generation',
  kind: 3,
  attributes: attributesOf({
    text: 'abc',
    five: { intValue: '5' },
    half: { doubleValue: 0.5 },
    yes: { boolValue: true },
    none: {},
  }),
};
const RESOURCE: Resource = { attributes: attributesOf({ 'service.name': 'openrouter', region: 'eu' }) };
const SCOPE: Scope = { name: 'lib', version: '1.2' };

function isMarked(conditions: string, span: Span, resource: Resource | undefined, scope: Scope | undefined): boolean {
  const processor = processorFrom(attributesProcessor, `actions: [{ action: insert, key: marked, value: true }]\n${conditions}`);
  const batch = batchWith([span], { ...(resource && { resource }), ...(scope && { scope }) });
  return spansIn(processor(batch))[0]?.attributes?.some(({ key }) => key === 'marked') === true;
}

describe('include', () => {
  const strict: readonly (readonly [condition: string, expected: boolean])[] = [
    ['services: [other, openrouter]', true],
    ['services: [open]', false],
    ['span_names: [LLM Generation]', true],
    ['span_names: [llm generation]', false],
    ['span_kinds: [SPAN_KIND_CLIENT]', true],
    ['span_kinds: [SPAN_KIND_SERVER, SPAN_KIND_INTERNAL]', false],
    ['attributes: [{ key: text }]', true],
    ['attributes: [{ key: none }]', true],
    ['attributes: [{ key: absent }]', false],
    ['attributes: [{ key: text, value: abc }]', true],
    ['attributes: [{ key: text, value: ab }]', false],
    ['attributes: [{ key: five, value: 5 }]', true],
    ['attributes: [{ key: five, value: "5" }]', false],
    ['attributes: [{ key: half, value: 0.5 }]', true],
    ['attributes: [{ key: yes, value: true }]', true],
    ['attributes: [{ key: yes, value: false }]', false],
    ['attributes: [{ key: text, value: abc }, { key: five, value: 5 }]', true],
    ['attributes: [{ key: text, value: abc }, { key: five, value: 6 }]', false],
    ['resources: [{ key: region, value: eu }]', true],
    ['resources: [{ key: region, value: eu }, { key: absent }]', false],
    ['libraries: [{ name: lib }]', true],
    ['libraries: [{ name: lib, version: "1.2" }]', true],
    ['libraries: [{ name: lib, version: "" }]', false],
    ['libraries: [{ name: lib }, { name: other }]', false],
    ['services: [openrouter], span_names: [other]', false],
  ];
  const regexp: readonly (readonly [condition: string, expected: boolean])[] = [
    ['services: ["^open"]', true],
    ['services: ["^router"]', false],
    ['span_names: ["(?i)llm"]', true],
    ['span_kinds: [CLIENT]', true],
    ['attributes: [{ key: text, value: "b" }]', true],
    ['attributes: [{ key: five, value: "^5$" }]', true],
    ['attributes: [{ key: half, value: "^0\\\\.5$" }]', true],
    ['attributes: [{ key: yes, value: "^true$" }]', true],
    ['attributes: [{ key: none, value: ".*" }]', false],
    ['resources: [{ key: region, value: "^e" }]', true],
    ['libraries: [{ name: "^l", version: "^1" }]', true],
  ];
  for (const [type, conditions] of [
    ['strict', strict],
    ['regexp', regexp],
  ] as const) {
    for (const [condition, expected] of conditions) {
      it(`${type} { ${condition} } is ${expected ? 'met' : 'not met'}`, () => {
        assert.equal(isMarked(`include: { match_type: ${type}, ${condition} }`, SPAN, RESOURCE, SCOPE), expected);
      });
    }
  }

  it('takes kinds however a sender writes them', () => {
    for (const kind of [2, '2', 'SPAN_KIND_SERVER']) {
      assert.ok(isMarked('include: { match_type: strict, span_kinds: [SPAN_KIND_SERVER] }', { kind }, undefined, undefined));
    }
    assert.ok(isMarked('include: { match_type: strict, span_kinds: [SPAN_KIND_UNSPECIFIED] }', {}, undefined, undefined));
  });

  it('knows resources without a service name, and spans without resource, scope or name', () => {
    assert.ok(isMarked('include: { match_type: strict, services: ["<nil-service-name>"] }', {}, undefined, undefined));
    assert.ok(
      isMarked('include: { match_type: regexp, span_names: ["^$"], libraries: [{ name: "^$" }] }', {}, undefined, undefined),
    );
  });
});

describe('exclude', () => {
  it('leaves spans as they are', () => {
    assert.ok(!isMarked('exclude: { match_type: strict, span_names: [LLM Generation] }', SPAN, RESOURCE, SCOPE));
    assert.ok(isMarked('exclude: { match_type: strict, span_names: [other] }', SPAN, RESOURCE, SCOPE));
  });

  it('counts of what include lets through', () => {
    const both = (name: string) =>
      `include: { match_type: strict, services: [openrouter] }\nexclude: { match_type: strict, span_names: [${name}] }`;
    assert.ok(isMarked(both('other'), SPAN, RESOURCE, SCOPE));
    assert.ok(!isMarked(both('LLM Generation'), SPAN, RESOURCE, SCOPE));
    assert.ok(!isMarked(both('other'), SPAN, undefined, SCOPE));
  });
});

describe('spans of one batch', () => {
  it('are judged one by one', () => {
    const processor = processorFrom(
      attributesProcessor,
      'actions: [{ action: insert, key: marked, value: true }]\ninclude: { match_type: strict, span_names: [b] }',
    );
    const batch = batchWith([{ name: 'a' }, { name: 'b' }]);
    const [first, second] = spansIn(processor(batch));
    assert.equal(first, spansIn(batch)[0]);
    assert.deepEqual(second?.attributes, attributesOf({ marked: { boolValue: true } }));
  });
});
