/** What is counted about a running graph from its outside. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { graphReadings } from '../../src/graph/readings.ts';
import { bodyOf } from '../helpers/delivery-rig.ts';
import { Destination, HANG } from '../helpers/destination.ts';
import { configFor, GraphRig } from '../helpers/graph-rig.ts';
import { post, send } from '../helpers/http.ts';
import { SAMPLES } from '../helpers/samples.ts';
import { until } from '../helpers/until.ts';

const LIMITED = 'processors: { memory_limiter: { check_interval: 1s, limit_mib: 4000 }, batch: }';

function limited(destination: string): string {
  return configFor(destination, LIMITED).replace(
    '[otlp], exporters: [genai',
    '[otlp], processors: [memory_limiter, batch], exporters: [genai',
  );
}

function readings(rig: GraphRig, name: string): Readonly<Record<string, number>> {
  const found = [...graphReadings(rig.graph, Date.now() + 5_000)].filter((reading) => reading.name === name);
  return Object.fromEntries(found.map(({ labels, value }) => [Object.values(labels).join(' '), value]));
}

describe('counts of a graph', () => {
  it('are there as 0 before anything happens: what first appears at 5 is no rise that an alert could see', (test) => {
    const rig = new GraphRig(test, limited('http://127.0.0.1:9'));
    for (const [name, series] of [
      ['otelcol_receiver_requests_total', ['otlp http success', 'otlp http refused', 'otlp http failure']],
      ['otelcol_receiver_refused_spans_total', ['otlp http']],
      ['otelcol_exporter_send_failed_spans_total', ['otlp_http/tempo']],
      ['otelcol_exporter_enqueue_failed_spans_total', ['otlp_http/tempo']],
      [
        'spanmeter_journal_dropped_spans_total',
        ['backlog_full', 'dead_letters_full', 'corrupt', 'reader_removed'].map((reason) => `otlp_http/tempo ${reason}`),
      ],
      ['spanmeter_journal_corrupt_records_total', ['']],
      ['spanmeter_journal_snapshot_failures_total', ['']],
      ['spanmeter_connector_fold_errors_total', ['genai']],
      ['otelcol_processor_memory_limiter_refused_spans_total', ['memory_limiter']],
    ] as const) {
      assert.deepEqual(rig.counted(name), Object.fromEntries(series.map((labels) => [labels, 0])), name);
    }
  });

  it('follow spans through processors and connectors', async (test) => {
    const tempo = await Destination.open();
    const rig = await new GraphRig(test, limited(tempo.url)).start();
    await post(`${rig.urlOf('receiver/otlp')}/v1/traces`, bodyOf(70_001, 70_002, 70_003));
    const passed = { 'memory_limiter traces': 3, 'batch traces': 3 };
    assert.deepEqual(rig.counted('otelcol_processor_incoming_items_total'), passed);
    assert.deepEqual(rig.counted('otelcol_processor_outgoing_items_total'), passed);
    assert.deepEqual(rig.counted('otelcol_processor_memory_limiter_accepted_spans_total'), { memory_limiter: 3 });
    assert.deepEqual(rig.counted('otelcol_connector_consumed_items_total'), { genai: 3 });
    await post(`${rig.urlOf('receiver/otlp')}/v1/traces`, bodyOf(70_003, 70_004));
    assert.deepEqual(rig.counted('otelcol_connector_consumed_items_total'), { genai: 4 });
  });

  it('carry the id that a connector has in the file', async (test) => {
    const named = configFor('http://127.0.0.1:9').replaceAll('genai', 'genai/money');
    const rig = await new GraphRig(test, named).start();
    await post(`${rig.urlOf('receiver/otlp')}/v1/traces`, SAMPLES[0]?.body ?? '');
    assert.ok(Object.keys(rig.counted('spanmeter_genai_spans_total')).every((labels) => labels.startsWith('genai/money ')));
    assert.ok(Object.keys(rig.counted('spanmeter_genai_spans_total')).length > 0);
  });

  it('count the points that a scrape reads', async (test) => {
    const rig = await new GraphRig(test, configFor('http://127.0.0.1:9')).start();
    for (const { body } of SAMPLES) await post(`${rig.urlOf('receiver/otlp')}/v1/traces`, body);
    await send(`${rig.urlOf('exporter/prometheus')}/metrics`, undefined, { method: 'GET' });
    const points = Object.values(readings(rig, 'spanmeter_series')).reduce((sum, value) => sum + value, 0);
    assert.deepEqual(rig.counted('otelcol_connector_produced_items_total'), { genai: points });
  });
});

describe('readings of a graph', () => {
  it('tell what waits for a destination, in bytes and seconds, and what it is answering', async (test) => {
    const tempo = await Destination.open(() => HANG);
    const rig = await new GraphRig(test, configFor(tempo.url)).start();
    const body = bodyOf(70_001, 70_002);
    await post(`${rig.urlOf('receiver/otlp')}/v1/traces`, body);
    await until('an attempt', () => readings(rig, 'otelcol_exporter_in_flight_requests')['otlp_http/tempo traces'] === 1);
    assert.deepEqual(readings(rig, 'otelcol_exporter_queue_size'), { 'otlp_http/tempo traces': body.length });
    assert.deepEqual(readings(rig, 'otelcol_exporter_queue_capacity'), { 'otlp_http/tempo traces': 10 * 2 ** 30 });
    const age = readings(rig, 'spanmeter_journal_oldest_unsent_seconds')['otlp_http/tempo'] ?? 0;
    assert.ok(age >= 5 && age < 30, String(age));
  });

  it('are 0 where nothing waits', async (test) => {
    const tempo = await Destination.open();
    const rig = await new GraphRig(test, configFor(tempo.url)).start();
    await post(`${rig.urlOf('receiver/otlp')}/v1/traces`, bodyOf(70_001));
    await until('delivered', () => readings(rig, 'otelcol_exporter_queue_size')['otlp_http/tempo traces'] === 0);
    assert.deepEqual(readings(rig, 'spanmeter_journal_oldest_unsent_seconds'), { 'otlp_http/tempo': 0 });
    assert.deepEqual(readings(rig, 'spanmeter_journal_durable'), { '': 1 });
    const window = readings(rig, 'spanmeter_journal_dedupe_window_seconds')[''] ?? 0;
    assert.ok(window >= 5 && window < 30, String(window));
  });

  it('tell how many series a metric has, under the name that the page shows, and how many values a label', async (test) => {
    const rig = await new GraphRig(test, configFor('http://127.0.0.1:9')).start();
    assert.deepEqual([...new Set(Object.values(readings(rig, 'spanmeter_dimension_values')))], [0]);
    for (const { body } of SAMPLES) await post(`${rig.urlOf('receiver/otlp')}/v1/traces`, body);
    const series = readings(rig, 'spanmeter_series');
    const page = (await send(`${rig.urlOf('exporter/prometheus')}/metrics`, undefined, { method: 'GET' })).body;
    for (const metric of ['openrouter_requests_total', 'openrouter_model_info', 'openrouter_sampling_ratio']) {
      const lines = page.split('\n').filter((line) => line.startsWith(metric));
      assert.equal(series[`genai ${metric}`], lines.length, metric);
    }
    assert.equal(readings(rig, 'spanmeter_dimension_values')['genai model'], 6);
  });
});
