import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { acceptsGzip, negotiateFormat } from '../../src/metrics/negotiation.ts';

const PROMETHEUS_3 =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,' +
  'text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2';
const PROMETHEUS_3_NATIVE = `application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,${PROMETHEUS_3}`;
const PROMETHEUS_2 =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';

describe('format of a page', () => {
  for (const [accept, format] of [
    [PROMETHEUS_3, 'openmetrics-1.0.0'],
    [PROMETHEUS_3_NATIVE, 'openmetrics-1.0.0'],
    [PROMETHEUS_2, 'openmetrics-1.0.0'],
    [undefined, 'text-0.0.4'],
    ['', 'text-0.0.4'],
    ['*/*', 'text-0.0.4'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text-0.0.4'],
    ['application/json', 'text-0.0.4'],
    ['%%%;;;=,', 'text-0.0.4'],
    ['text/plain', 'text-0.0.4'],
    ['text/*', 'text-0.0.4'],
    ['text/plain;version=0.0.4', 'text-0.0.4'],
    ['text/plain; version=1.0.0', 'text-1.0.0'],
    ['text/plain;version="1.0.0"', 'text-1.0.0'],
    ['text/plain;version=2.0.0', 'text-0.0.4'],
    ['application/openmetrics-text', 'openmetrics-0.0.1'],
    ['application/openmetrics-text;version=0.0.1', 'openmetrics-0.0.1'],
    ['Application/OpenMetrics-Text; Version=1.0.0; charset=utf-8', 'openmetrics-1.0.0'],
    ['application/openmetrics-text;version=2.0.0,text/plain;version=1.0.0;q=0.1', 'text-1.0.0'],
    ['application/openmetrics-text;version=1.0.0;escaping=dots', 'openmetrics-1.0.0'],
    ['application/openmetrics-text;version=1.0.0;q=0.2,text/plain;version=0.0.4;q=0.9', 'text-0.0.4'],
    ['application/openmetrics-text;version=1.0.0;q=0,text/plain;version=1.0.0;q=0.1', 'text-1.0.0'],
    ['application/openmetrics-text;version=1.0.0;q=much,text/plain;version=1.0.0', 'text-1.0.0'],
    ['text/plain;version=1.0.0,application/openmetrics-text;version=1.0.0', 'text-1.0.0'],
    ['application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited', 'text-0.0.4'],
  ] as const) {
    it(`is ${format} for ${JSON.stringify(accept)}`, () => assert.equal(negotiateFormat(accept, true), format));
  }

  it('is never OpenMetrics where that is switched off', () => {
    assert.equal(negotiateFormat(PROMETHEUS_3, false), 'text-1.0.0');
    assert.equal(negotiateFormat(PROMETHEUS_2, false), 'text-0.0.4');
  });
});

describe('gzip', () => {
  for (const [accept, gzip] of [
    ['gzip', true],
    ['deflate, gzip;q=0.5', true],
    ['GZIP', true],
    ['*', true],
    ['gzip;q=0, *', false],
    ['identity', false],
    ['', false],
    [undefined, false],
  ] as const) {
    it(`is ${gzip ? 'sent' : 'not sent'} for ${JSON.stringify(accept)}`, () => assert.equal(acceptsGzip(accept), gzip));
  }
});
