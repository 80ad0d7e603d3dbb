/** The catalogue is what the page shows, and keeps the rules of Prometheus for names, units and help. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CATALOGUE, labelsOf } from '../../../src/connectors/genai/catalogue.ts';
import { GenaiMeter } from '../../helpers/genai-meter.ts';

const EVERYTHING = new GenaiMeter('{ cost_detail: true, unit_prices: true, output_tokens_per_second: true }');
const SUFFIX = { counter: '_total', info: '_info', gauge: '', histogram: '' };

describe('the catalogue', () => {
  it('lists what the connector shows, in its order', () => {
    const shown = EVERYTHING.connector.families.map(({ name, kind }) => name + SUFFIX[kind]);
    assert.deepEqual(
      shown,
      CATALOGUE.map(({ id }) => id),
    );
  });

  for (const { id, kind, otlpName, help, labels, scope, own, unit } of CATALOGUE) {
    it(`${id} has a name, help and labels that Prometheus takes`, () => {
      assert.match(id, /^(gen_ai|openrouter)_[a-z0-9_]+$/);
      assert.equal(id.endsWith('_total'), kind === 'counter');
      assert.equal(id.endsWith('_info'), kind === 'info');
      assert.match(otlpName, /^(gen_ai|openrouter)(\.[a-z_]+)+$/);
      assert.match(help, /^[A-Z].*\.$/);
      assert.equal(id.includes('_seconds'), unit === 's');
      const names = labelsOf({ id, kind, otlpName, help, labels, scope, unit, own } as (typeof CATALOGUE)[number]);
      assert.deepEqual(names, [...new Set(names)]);
      for (const name of names) assert.match(name, /^[a-z][a-z0-9_]*$/);
    });
  }

  it('has no name of a counter that is also the name of another family', () => {
    const names = CATALOGUE.map(({ id }) => id.replace(/_(total|info)$/, ''));
    assert.deepEqual(names, [...new Set(names)]);
  });
});
