import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { suggest } from '../../src/config/suggest.ts';

describe('a suggestion', () => {
  const cases: [word: string, known: string[], remedy: string | undefined][] = [
    ['endpont', ['endpoint', 'timeout'], 'did you mean "endpoint"?'],
    ['prometeus', ['prometheus', 'otlp'], 'did you mean "prometheus"?'],
    ['otlphttp/temp', ['otlphttp/tempo'], 'did you mean "otlphttp/tempo"?'],
    ['timeuot', ['timeout'], 'did you mean "timeout"?'],
    ['TIMEOUT', ['timeout'], 'did you mean "timeout"?'],
    ['tls', ['tsl', 'tlx'], 'did you mean "tsl"?'],
    ['abc', ['xyc', 'b'], 'known: xyc, b'],
    ['ab', ['ba'], 'known: ba'],
    [
      'zzz',
      Array.from({ length: 12 }, (_, index) => `n${index}`),
      `known: ${Array.from({ length: 12 }, (_, index) => `n${index}`).join(', ')}`,
    ],
    ['zzz', Array.from({ length: 13 }, (_, index) => `n${index}`), undefined],
    ['zzz', [], undefined],
    ['', ['a'], 'known: a'],
  ];
  for (const [word, known, remedy] of cases) {
    it(`for "${word}" among ${known.length} names: ${remedy}`, () => assert.equal(suggest(word, known), remedy));
  }
});
