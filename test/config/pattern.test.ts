/** Patterns are RE2: what is none is told at its line, and no text makes one slow. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { check } from '../../src/config/check.ts';
import { loadTexts } from '../../src/config/load.ts';
import { groupNames, namedMatches, pattern } from '../../src/config/pattern.ts';
import { configOf, faultsOf } from '../helpers/component.ts';

const Config = z.strictObject({ match: pattern() });

function compiled(written: string) {
  return configOf(Config, `match: '${written}'`).match;
}

describe('a pattern', () => {
  const cases: readonly (readonly [pattern: string, text: string, matches: boolean])[] = [
    ['b', 'abc', true],
    ['^b', 'abc', false],
    ['^abc$', 'abc', true],
    ['(?i)ABC', 'abc', true],
    ['a.c', 'a\nc', false],
    ['^.$', '😀', true],
    ['\\pL', 'ü', true],
    ['', 'anything', true],
  ];
  for (const [written, text, matches] of cases) {
    it(`${JSON.stringify(written)} ${matches ? 'matches' : 'does not match'} ${JSON.stringify(text)}`, () => {
      assert.equal(compiled(written).test(text), matches);
    });
  }

  const refused = ['(a', 'a)', '[z-a]', '(?=a)', '(?<!a)b', '(a)\\1', 'a**', 'a{1001}', '(?P<n>a)(?P<n>b)'];
  for (const written of refused) {
    it(`${JSON.stringify(written)} is told`, () => {
      const [fault] = faultsOf(Config, `match: '${written}'`);
      assert.equal(fault?.code, 'wrong_value');
      assert.match(fault.message, /^cannot read the pattern as RE2: /);
    });
  }

  it('that is none is told where it stands', () => {
    const document = loadTexts([{ file: 'a.yaml', text: 'section:\n  match:\n    "(a"\n' }], { environment: {}, unset: 'error' });
    const [fault] = check(Config, document, ['section']).faults;
    assert.deepEqual([fault?.place.file, fault?.place.line, fault?.place.column], ['a.yaml', 3, 5]);
  });

  it('must be text', () => {
    assert.equal(faultsOf(Config, 'match: 1')[0]?.message, 'expected text, got 1');
  });

  it('takes time in proportion to the text, however it is made', () => {
    const catastrophic = ['^(a+)+$', '^(a|a)*$', '(.*)*x', '(?P<n>(?:a+)+)$'];
    for (const written of catastrophic) {
      const slow = compiled(written);
      const beganMs = performance.now();
      assert.equal(slow.test(`${'a'.repeat(50_000)}!`), false);
      namedMatches(slow, `${'a'.repeat(50_000)}!`);
      assert.ok(performance.now() - beganMs < 2_000, `${written} took ${performance.now() - beganMs} ms`);
    }
  });
});

describe('named groups', () => {
  it('are told in order when every group has a name', () => {
    assert.deepEqual(groupNames(compiled('(?P<b>.)(?<a>.)')), ['b', 'a']);
    assert.deepEqual(groupNames(compiled('a')), []);
    assert.equal(groupNames(compiled('(?P<b>.)(.)')), undefined);
  });

  it('give what they matched', () => {
    assert.deepEqual(namedMatches(compiled('(?P<a>x)?(?P<b>y)'), '-y-'), [
      ['a', ''],
      ['b', 'y'],
    ]);
    assert.deepEqual(namedMatches(compiled('(?P<a>x)'), 'y'), []);
  });
});
