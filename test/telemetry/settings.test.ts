/** What the settings of own telemetry come to. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Telemetry } from '../../src/config/telemetry-fields.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { createOwnTelemetry } from '../../src/telemetry/own.ts';
import { metricsEndpoint, ownResource } from '../../src/telemetry/settings.ts';
import { VERSION } from '../../src/telemetry/version.ts';
import { configOf } from '../helpers/component.ts';

const READER_PORT = 'service.telemetry.metrics.readers[0].pull.exporter.prometheus.port';

describe('own metrics are shown', () => {
  for (const [yaml, expected] of [
    ['', { host: 'localhost', port: 8888, option: READER_PORT }],
    ['metrics: { level: basic }', { host: 'localhost', port: 8888, option: READER_PORT }],
    [
      'metrics: { readers: [{ pull: { exporter: { prometheus: { host: "", port: 0 } } } }] }',
      { host: '', port: 0, option: READER_PORT },
    ],
    ['metrics: { address: "0.0.0.0:1" }', { host: '0.0.0.0', port: 1, option: 'service.telemetry.metrics.address' }],
    ['metrics: { level: none }', undefined],
  ] as const) {
    it(`${expected === undefined ? 'nowhere' : `on ${expected.host}:${expected.port}`} with "${yaml}"`, () => {
      assert.deepEqual(metricsEndpoint(configOf(Telemetry, yaml).metrics), expected);
    });
  }
});

describe('the resource of own telemetry', () => {
  for (const [settings, expected] of [
    [{}, { 'service.name': 'spanmeter', 'service.version': VERSION }],
    [
      { 'service.name': 'meter', replica: 2 },
      { 'service.name': 'meter', 'service.version': VERSION, replica: 2 },
    ],
    [{ 'service.version': '' }, { 'service.name': 'spanmeter' }],
  ] as const) {
    it(`is ${JSON.stringify(expected)} with ${JSON.stringify(settings)}`, () =>
      assert.deepEqual(ownResource(settings), expected));
  }
});

describe('own telemetry that is switched off', () => {
  it('counts for nobody, opens nothing and needs no end', async () => {
    const logger = createLogger({ level: 'debug', encoding: 'json', initialFields: {}, write: assert.fail, now: Date.now });
    const settings = configOf(Telemetry, 'metrics: { level: none }');
    const own = await createOwnTelemetry(settings, { logger, now: Date.now, fail: assert.fail });
    own.diagnostics.count('otelcol_exporter_sent_spans_total', { exporter: 'a' });
    own.diagnostics.record('spanmeter_scrape_bytes', { exporter: 'a', format: 'text' }, 1);
    own.read(() => assert.fail('nobody looks'));
    const before = process.getActiveResourcesInfo();
    await own.start?.();
    assert.deepEqual(process.getActiveResourcesInfo(), before);
    assert.equal(own.tracer, undefined);
    await own.shutdown?.(AbortSignal.timeout(1_000));
  });
});
