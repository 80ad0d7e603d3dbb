/** The generated reference says what a person writes and sees. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { configurationPage } from '../../docs/pages/configuration.ts';
import { metricPage } from '../../docs/pages/metrics.ts';
import { COMPONENTS } from '../../src/components.ts';

/** The first cells of every table row. */
function rowsOf(page: string): readonly (readonly string[])[] {
  return [...page.matchAll(/^\| `(.*) \|$/gm)].map(([, cells]) => `\`${cells}`.split(/ ?(?<!\\)\| ?/));
}

describe('the page of metrics', () => {
  const labelsByName = new Map(rowsOf(metricPage()).map(([name, , labels]) => [name, labels]));

  it('gives each metric the labels that it has where nothing is set', () => {
    const connectors = COMPONENTS.filter((one) => one.kind === 'connector');
    const shown = connectors.flatMap(({ config, shows }) => shows(config.parse({})));
    assert.ok(shown.length > 10);
    for (const { name, labels } of shown) {
      assert.equal(labelsByName.get(`\`${name}\``), labels.map((label) => `\`${label}\``).join(', '), name);
    }
  });

  it('has those too that are shown when asked for', () => {
    const meaning = rowsOf(metricPage())
      .find(([name]) => name === '`openrouter_unit_price_usd`')
      ?.at(-1);
    assert.match(meaning ?? '', /Shown with `unit_prices: true`\.$/);
  });
});

describe('the page of settings', () => {
  const keys = rowsOf(configurationPage()).map(([key]) => key);
  const cases: [what: string, key: string, there: boolean][] = [
    ['a map that may stand in place of a word', '`buckets.duration`', true],
    ['a map that is no list', '`buckets[].duration`', false],
    ['a map in a list', '`actions[].key`', true],
    ['a map in a list that may hold text too', '`dimensions[].max_values`', true],
    ['a list within a list of maps', '`telemetry.metrics.readers[].pull.exporter.prometheus.port`', true],
  ];
  for (const [what, key, there] of cases) {
    it(`names the keys of ${what}: ${key}${there ? '' : ' is not there'}`, () => assert.equal(keys.includes(key), there));
  }
});
