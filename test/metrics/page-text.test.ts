import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exactOfText } from '../../src/data/exact.ts';
import { boundText, exemplarText, helpText, labelsText } from '../../src/metrics/page-text.ts';
import { exemplar } from '../helpers/metric-samples.ts';

describe('bucket bound', () => {
  for (const [written, shown] of [
    ['0', '0.0'],
    ['0.000000000001', '1e-12'],
    ['0.00001', '1e-05'],
    ['0.000015', '1.5e-05'],
    ['0.0001', '0.0001'],
    ['0.0005', '0.0005'],
    ['0.16', '0.16'],
    ['1', '1.0'],
    ['2.5', '2.5'],
    ['655.36', '655.36'],
    ['262144', '262144.0'],
    ['100000', '100000.0'],
    ['999999.5', '999999.5'],
    ['1000000', '1e+06'],
    ['1048576', '1.048576e+06'],
    ['100000000000000000000000', '1e+23'],
  ] as const) {
    it(`${written} is spelled ${shown}, as Prometheus 3 does`, () => {
      const bound = exactOfText(written);
      assert.equal(typeof bound, 'bigint');
      assert.equal(boundText(BigInt(bound)), shown);
    });
  }
});

describe('escapes', () => {
  it('of a label are backslash, line feed and quote', () => {
    assert.equal(labelsText([['a', 'x\\y\n"z"\r\t']]), 'a="x\\\\y\\n\\"z\\"\r\t"');
  });

  it('of a help text spare the quote in classic text', () => {
    assert.equal(helpText('a\\b\n"c"', false), 'a\\\\b\\n"c"');
    assert.equal(helpText('a\\b\n"c"', true), 'a\\\\b\\n\\"c\\"');
  });

  it('turn a lone surrogate into the replacement character', () => {
    assert.equal(labelsText([['a', '\ud800x']]), 'a="\ufffdx"');
    assert.equal(helpText('\udfff', false), '\ufffd');
  });
});

describe('exemplar', () => {
  it('shows its own value and the end of its span in seconds', () => {
    assert.equal(
      exemplarText(exemplar(1_790_700_025_100, 8_625_000_000n)),
      ' # {trace_id="0af7651916cd43dd8448eb211c80319c",span_id="b7ad6b7169203331"} 0.008625 1790700025.100',
    );
  });
});
