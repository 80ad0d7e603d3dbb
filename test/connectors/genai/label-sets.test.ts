/** What is remembered about labels makes counting quick; forgetting it, or knowing it twice, changes no figure. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LabelSets, wordOf } from '../../../src/connectors/genai/label-sets.ts';
import { GenaiMeter } from '../../helpers/genai-meter.ts';
import { openRouterSpan, record, type Values } from '../../helpers/model-calls.ts';

describe('label sets', () => {
  it('are the same object, and show the same lists, for the same words', () => {
    const sets = new LabelSets(['model', 'team']);
    const selection = sets.select(['team'], 'input');
    const [m, a, b] = [wordOf('m'), wordOf('a'), wordOf('b')];
    const [one, again, other] = [sets.of([m, a]), sets.of([m, a]), sets.of([m, b])];
    assert.equal(again, one);
    assert.notEqual(other, one);
    assert.deepEqual(selection.of(one), ['a', 'input']);
    assert.equal(selection.of(again), selection.of(one));
  });

  it('are told apart where chance gave two words one mark', () => {
    const sets = new LabelSets(['model']);
    const [one, other] = [sets.of([{ text: 'a', mark: 7 }]), sets.of([{ text: 'b', mark: 7 }])];
    assert.notEqual(one, other);
    assert.equal(sets.of(one.words), one);
    assert.equal(sets.of(other.words), other);
  });

  it('that are forgotten come back with the same values', () => {
    const sets = new LabelSets(['model']);
    const selection = sets.select(['model']);
    const words = Array.from({ length: 40_000 }, (_, index) => wordOf(`m${index}`));
    for (let round = 0; round < 2; round += 1) {
      for (const word of words) assert.deepEqual(selection.of(sets.of([word])), [word.text]);
    }
  });
});

describe('a label', () => {
  const counted = (yaml: string, ...calls: readonly Values[]) =>
    new GenaiMeter(yaml)
      .apply(calls.map((values) => record([openRouterSpan({ 'gen_ai.usage.total_cost': 1, ...values })])))
      .series('openrouter_cost_usd', 'team');

  it('says the same for more texts than it remembers', () => {
    const spellings = Array.from({ length: 3_000 }, (_, index) => ({
      team: `a${String.fromCharCode(index % 32).repeat(index / 32)}`,
    }));
    assert.deepEqual(counted('dimensions: [team]', ...spellings, ...spellings), { a: '6000' });
  });

  it('says the same for a long text that comes again', () => {
    const long = { team: 'é'.repeat(5_000) };
    const [[, cost], ...others] = Object.entries(counted('dimensions: [team]', long, long)) as [[string, string]];
    assert.deepEqual([cost, others], ['2', []]);
  });

  it('does not take a value for the hash of another', () => {
    const calls = [{ team: 'search' }, { team: '241932906782' }];
    assert.deepEqual(counted('dimensions: [{ name: team, hash: true }]', ...calls), { '241932906782': '1', '774115a93807': '1' });
  });
});
