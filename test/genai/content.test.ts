/** Which attributes are content, and what the connector reads of them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FACT_KEYS } from '../../src/genai/aliases.ts';
import { isContent, isContentOfEvent } from '../../src/genai/content.ts';
import { figuresOf, holdsFigures } from '../../src/genai/content-figures.ts';
import { CONTENT_KEYS, MESSAGE_EVENTS } from '../helpers/content.ts';

describe('content', () => {
  for (const key of CONTENT_KEYS) it(`is ${key}`, () => assert.ok(isContent(key) && isContentOfEvent('any', key)));

  it('is nothing that a figure comes from, save what keeps its figures', () => {
    assert.deepEqual([...FACT_KEYS].filter(isContent), ['ai.response.providerMetadata']);
    assert.ok(holdsFigures('ai.response.providerMetadata'));
    assert.ok(!holdsFigures('gen_ai.prompt'));
  });

  it('is everything on an event that is a message, but who, which and how it ended', () => {
    for (const event of MESSAGE_EVENTS) {
      for (const key of ['content', 'message', 'id', 'tool.name', 'gen_ai.event.content'])
        assert.ok(isContentOfEvent(event, key));
      for (const key of ['finish_reason', 'index', 'role', 'gen_ai.system']) assert.ok(!isContentOfEvent(event, key));
    }
  });

  it('is not on other events by such names', () => {
    for (const event of ['exception', 'gen_ai.choices', 'gen_ai.message', 'x.gen_ai.choice'])
      assert.ok(!isContentOfEvent(event, 'message'));
  });
});

describe('figures among content', () => {
  const cases: readonly (readonly [metadata: string, left: string])[] = [
    [
      '{"openrouter":{"usage":{"cost":0.0012,"prompt":"secret"},"reasoning":"secret"},"secret":1}',
      '{"openrouter":{"usage":{"cost":0.0012}}}',
    ],
    ['{"openrouter":{"usage":{"cost":"0.5"}}}', '{"openrouter":{"usage":{"cost":"0.5"}}}'],
    ['{"openrouter":{"usage":{"cost":"secret 0.5"}}}', '{"openrouter":{"usage":{"cost":""}}}'],
    ['{"openrouter":{"usage":{"cost":{"secret":1}}}}', '{"openrouter":{"usage":{"cost":null}}}'],
    ['{"openrouter":{"usage":{"cost":1e999}}}', '{"openrouter":{"usage":{"cost":"Infinity"}}}'],
    ['{"openrouter":"secret"}', '{}'],
    ['secret', '{}'],
  ];
  for (const [stringValue, left] of cases) {
    it(`of ${stringValue} are ${left}`, () =>
      assert.deepEqual(figuresOf('ai.response.providerMetadata', { stringValue }), { stringValue: left }));
  }
});
