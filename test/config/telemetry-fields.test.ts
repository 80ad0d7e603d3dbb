/** What can be written under service.telemetry, as in files of the Collector. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Telemetry } from '../../src/config/telemetry-fields.ts';
import { configOf, faultsOf } from '../helpers/component.ts';

function faults(yaml: string): readonly string[] {
  return faultsOf(Telemetry, yaml).map(({ level, code, path, message }) => `${level}[${code}] ${path.slice(10)}: ${message}`);
}

describe('metrics of the daemon', () => {
  const reader = (settings: string) => `metrics: { readers: [{ pull: { exporter: { prometheus: ${settings} } } }] }`;

  it('are read on localhost:8888 where a reader says nothing else', () => {
    const { readers } = configOf(
      Telemetry,
      'metrics:\n  readers:\n    - pull:\n        exporter:\n          prometheus:',
    ).metrics;
    assert.deepEqual(readers?.[0]?.pull.exporter.prometheus, { host: 'localhost', port: 8888 });
  });

  it('are read where a reader of a Collector file says', () => {
    const { readers } = configOf(Telemetry, reader('{ host: 0.0.0.0, port: 9999 }')).metrics;
    assert.deepEqual(readers?.[0]?.pull.exporter.prometheus, { host: '0.0.0.0', port: 9999 });
  });

  it('are read where the older spelling says', () => {
    assert.deepEqual(configOf(Telemetry, 'metrics: { address: ":8889" }').metrics.address, { host: '', port: 8889 });
  });

  for (const [name, yaml, expected] of [
    [
      'names without suffixes',
      reader('{ without_type_suffix: true }'),
      [
        'hint[no_effect] metrics.readers[0].pull.exporter.prometheus.without_type_suffix: names are those of the reference, counters end in _total',
      ],
    ],
    [
      'a port that is none',
      reader('{ port: 70000 }'),
      ['error[wrong_value] metrics.readers[0].pull.exporter.prometheus.port: expected a number of at most 65535, got 70000'],
    ],
    [
      'no reader',
      'metrics: { readers: [] }',
      ['error[wrong_value] metrics.readers: expected a reader; write "level: none" for no metrics, got a list'],
    ],
    [
      'a push',
      'metrics: { readers: [{ periodic: { interval: 10 } }] }',
      ['error[unsupported] metrics.readers[0].periodic: known to the Collector, not supported here'],
    ],
    [
      'two places',
      `${reader('{}').slice(0, -2)}, address: localhost:1 }`,
      ['error[wrong_value] metrics.address: expected either address or readers, got "localhost:1"'],
    ],
    [
      'a level that is none',
      'metrics: { level: high }',
      ['error[wrong_value] metrics.level: expected one of "none", "basic", "normal", "detailed", got "high"'],
    ],
  ] as const) {
    it(`${name}: says what is wrong`, () => assert.deepEqual(faults(yaml), expected));
  }
});

describe('spans of the daemon', () => {
  const otlp = (settings: string) => `traces: { processors: [{ batch: { exporter: { otlp: ${settings} } } }] }`;
  const endpoint = "endpoint: 'http://tempo:4318'";

  it('take headers as a map and as a list', () => {
    for (const headers of ['{ x-scope-orgid: me }', '[{ name: x-scope-orgid, value: me }]']) {
      const { processors } = configOf(Telemetry, otlp(`{ ${endpoint}, headers: ${headers} }`)).traces;
      assert.deepEqual(processors[0]?.batch.exporter.otlp.headers, { 'x-scope-orgid': 'me' });
    }
  });

  for (const [name, settings, expected] of [
    [
      'a protobuf sender of a Collector file',
      `{ ${endpoint}, protocol: http/protobuf, insecure: true }`,
      ['hint[no_effect] .insecure: the scheme of the endpoint decides'],
    ],
    ['gRPC', `{ ${endpoint}, protocol: grpc }`, ['error[unsupported] .protocol: "grpc" is not supported here']],
    ['no endpoint', '{ protocol: http/json }', ['error[missing_key] .endpoint: missing key, expected text']],
    [
      'an endpoint without a scheme',
      '{ endpoint: "tempo:4318" }',
      ['error[wrong_value] .endpoint: expected a URL such as "http://tempo:4318", got "tempo:4318"'],
    ],
    [
      'a password in the endpoint',
      '{ endpoint: "http://me:canary@tempo:4318" }',
      ['error[wrong_value] .endpoint: user and password in a URL are not sent; write headers'],
    ],
  ] as const) {
    it(`${name}: says what it makes of it`, () => {
      const at = 'traces.processors[0].batch.exporter.otlp';
      assert.deepEqual(
        faults(otlp(settings)),
        expected.map((fault) => fault.replace('] ', `] ${at}`)),
      );
    });
  }
});

describe('the resource of the daemon', () => {
  it('has attributes of text, numbers and flags', () => {
    const { resource } = configOf(Telemetry, 'resource: { service.name: meter, replica: 2, blue: true, service.version: "" }');
    assert.deepEqual(resource, { 'service.name': 'meter', replica: 2, blue: true, 'service.version': '' });
  });
});
