/** The list of metrics: what a daemon with this config will show. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { cli } from '../helpers/cli.ts';
import { GenaiMeter } from '../helpers/genai-meter.ts';

const directory = mkdtempSync(join(tmpdir(), 'spanmeter-metrics-'));
after(() => rmSync(directory, { recursive: true }));

type Row = Readonly<{ source: string; name: string; kind: string; labels: readonly string[] }>;

async function listed(genai: string, telemetry = '{}', ...more: readonly string[]) {
  const text = `
receivers: { otlp: { protocols: { http: } } }
connectors: { genai: ${genai} }
exporters: { prometheus: }
service:
  telemetry: ${telemetry}
  pipelines:
    traces: { receivers: [otlp], exporters: [genai] }
    metrics: { receivers: [genai], exporters: [prometheus] }
`;
  writeFileSync(join(directory, 'spanmeter.yaml'), text);
  return cli(['metrics', ...more], { directory });
}

async function rows(genai: string, telemetry?: string): Promise<readonly Row[]> {
  const { exitCode, stdout, stderr } = await listed(genai, telemetry, '--format', 'json');
  assert.deepEqual([exitCode, stderr], [0, '']);
  return JSON.parse(stdout);
}

function named(all: readonly Row[], name: string): Row | undefined {
  return all.find((row) => row.name === name);
}

describe('the list of metrics', () => {
  it('has the labels of this config, in the order of the page', async () => {
    const all = await rows('{ dimensions: [trace.metadata.team, { name: user.id, label: person, max_values: 5 }] }');
    const cost = named(all, 'openrouter_cost_usd_total');
    assert.deepEqual(cost?.labels, ['model', 'provider', 'api_key', 'team', 'person']);
    assert.equal(cost?.kind, 'counter');
    assert.equal(cost?.source, 'genai');
  });

  it('has what is asked for, under its prefix, and not what is left out', async () => {
    const all = await rows('{ prefix: llm, semconv: false, unit_prices: true }');
    assert.ok(named(all, 'llm_unit_price_usd') && named(all, 'llm_sampling_ratio') && named(all, 'llm_period_cost_usd'));
    assert.deepEqual(
      all.filter(({ name }) => /^(openrouter|gen_ai)_|llm_cost_detail/.test(name)),
      [],
    );
  });

  for (const genai of ['{}', '{ semconv: false, cost_detail: true, unit_prices: true, output_tokens_per_second: true }']) {
    it(`is what the connector has with ${genai}`, async () => {
      const all = await rows(genai);
      const families = new GenaiMeter(genai).connector.families.map(({ name, kind }) => `${kind} ${name}`);
      const counted = all.filter(({ source }) => source === 'genai');
      assert.deepEqual(
        counted.map(({ name, kind }) => `${kind} ${name.replace(/_(total|info)$/, '')}`).sort(),
        families.toSorted(),
      );
    });
  }

  it("has the daemon's own, unless they are switched off", async () => {
    assert.equal(named(await rows('{}'), 'otelcol_exporter_sent_spans_total')?.source, 'spanmeter');
    const off = await rows('{}', '{ metrics: { level: none } }');
    assert.deepEqual(
      off.filter(({ source }) => source === 'spanmeter'),
      [],
    );
  });

  it('is text for people and a table for documents', async () => {
    const text = (await listed('{}')).stdout;
    assert.match(text, /^openrouter_cost_usd_total {2}counter\n {2}labels: model, provider, api_key\n {2}\w/m);
    const markdown = (await listed('{}', '{}', '--format', 'markdown')).stdout.trimEnd().split('\n');
    assert.deepEqual(markdown.slice(0, 2), ['| metric | type | unit | labels | meaning |', '|---|---|---|---|---|']);
    for (const line of markdown) assert.equal(line.match(/(?<!\\)\|/g)?.length, 6, line);
  });

  it('is that of the built-in config where there is no file', async () => {
    assert.match((await cli(['metrics'], { directory: '/' })).stdout, /^openrouter_cost_usd_total /m);
  });

  it('ends with 78 and the report when the config has faults', async () => {
    const { exitCode, stdout, stderr } = await listed('{ dimension: [] }');
    assert.deepEqual([exitCode, stdout], [78, '']);
    assert.match(stderr, /did you mean "dimensions"/);
  });
});
