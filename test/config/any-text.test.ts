import { describe, it } from 'node:test';
import fc from 'fast-check';
import { check } from '../../src/config/check.ts';
import { loadTexts } from '../../src/config/load.ts';
import { renderFaults } from '../../src/config/render.ts';
import { ConfigError } from '../../src/config/report.ts';
import { topLevel } from '../../src/config/schema.ts';

const pieces = [
  'service:',
  'pipelines:',
  'journal:',
  'telemetry:',
  'storage',
  'traces',
  ': ',
  ':',
  '- ',
  '[',
  ']',
  '{',
  '}',
  ', ',
  '\n',
  '\n  ',
  '\n    ',
  '\t',
  '"',
  "'",
  '&a ',
  '*a',
  '<<: ',
  '${env:X}',
  '${',
  '}',
  '$$',
  '#',
  '|',
  '>',
  '!x ',
  '---\n',
  '? ',
  '~',
  '1',
  'x',
  '\r\n',
  '\u202e',
  '\u0000',
  '%',
  '@',
];
const yamlLike = fc.array(fc.constantFrom(...pieces), { maxLength: 25 }).map((parts) => parts.join(''));

describe('any text', () => {
  it('is a config or has a report', () => {
    fc.assert(
      fc.property(
        fc.oneof(yamlLike, fc.string({ unit: 'binary' })),
        fc.constantFrom('text', 'json', 'github'),
        (text, format) => {
          try {
            const document = loadTexts(
              [
                { file: 'f', text: 'a: 1\n' },
                { file: 'g', text },
              ],
              { environment: { X: '1' }, unset: 'error' },
            );
            renderFaults([...document.faults, ...check(topLevel, document, []).faults], document, format);
          } catch (error) {
            if (!(error instanceof ConfigError)) throw error;
            renderFaults(error.faults, error.excerpts, format);
          }
        },
      ),
      { numRuns: 1000, seed: 7 },
    );
  });
});
