/** Which spans have an identity, and which one. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readSpanKey } from '../../src/journal/span-key.ts';

const TRACE = '0123456789abcdef0123456789abcdef';
const SPAN = 'fedcba9876543210';

function keyOf(traceId: string, spanId: string): string | undefined {
  const key = new Uint32Array(6);
  return readSpanKey({ traceId, spanId }, key) ? [...key].map((word) => word.toString(16).padStart(8, '0')).join('') : undefined;
}

describe('the key of a span', () => {
  it('is both ids in full', () => assert.equal(keyOf(TRACE, SPAN), TRACE + SPAN));

  it('is the same in any case', () => assert.equal(keyOf(TRACE.toUpperCase(), SPAN.toUpperCase()), TRACE + SPAN));

  const id = (value: number, length: number) => value.toString(16).padStart(length, '0');
  const cases: readonly [name: string, traceId: string, spanId: string, keyed: boolean][] = [
    ['a trace id of 65,535', id(65_535, 32), SPAN, false],
    ['a trace id of 65,536', id(65_536, 32), SPAN, true],
    ['a trace id with all its value in the first digit', `1${'0'.repeat(31)}`, SPAN, true],
    ['a span id of 65,535', TRACE, id(65_535, 16), false],
    ['a span id of 65,536', TRACE, id(65_536, 16), true],
    ['a span id with all its value in the first digit', TRACE, `1${'0'.repeat(15)}`, true],
    ['ids of zeros', '0'.repeat(32), '0'.repeat(16), false],
    ['ids of ones', 'f'.repeat(32), 'f'.repeat(16), true],
    ['a trace id that is too short', TRACE.slice(1), SPAN, false],
    ['a trace id that is too long', `${TRACE}0`, SPAN, false],
    ['a span id that is too short', TRACE, SPAN.slice(1), false],
    ['a span id that is too long', TRACE, `${SPAN}0`, false],
    ['empty ids', '', '', false],
    ...[...'g@/:`G -'].map((digit): [string, string, string, boolean] => [
      `"${digit}" for a digit`,
      TRACE,
      SPAN.slice(1) + digit,
      false,
    ]),
    ['a digit beyond ASCII', TRACE.slice(1).concat('ａ'), SPAN, false],
  ];
  for (const [name, traceId, spanId, keyed] of cases) {
    it(`${keyed ? 'is there' : 'is missing'} for ${name}`, () => assert.equal(keyOf(traceId, spanId) !== undefined, keyed));
  }

  it('is missing without ids', () => {
    const key = new Uint32Array(6);
    for (const span of [{}, { traceId: TRACE }, { spanId: SPAN }]) assert.equal(readSpanKey(span, key), false);
  });
});
