/** The daemon's own listener and its own spans are part of the plan. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { COMPONENTS } from '../../src/components.ts';
import { loadTexts } from '../../src/config/load.ts';
import { plan } from '../../src/graph/plan.ts';

/** `code path: message` of what is wrong. */
function faults(telemetry: string, { exporter = 'localhost:9464', extensions = '' } = {}): readonly string[] {
  const text = `
receivers: { otlp: { protocols: { http: { endpoint: 'localhost:4318' } } } }
connectors: { genai: }
exporters: { prometheus: { endpoint: '${exporter}' } }
${extensions === '' ? '' : `extensions: { ${extensions} }`}
service:
  ${extensions === '' ? '' : 'extensions: [health_check, bearertokenauth]'}
  telemetry: { ${telemetry} }
  pipelines: { traces: { receivers: [otlp], exporters: [genai] }, metrics: { receivers: [genai], exporters: [prometheus] } }
`;
  const { faults } = plan(loadTexts([{ file: 'f.yaml', text }], { environment: {}, unset: 'error' }), COMPONENTS);
  return faults.map(({ code, path, message }) => `${code} ${path}: ${message}`);
}

describe('the port of own metrics', () => {
  for (const [name, telemetry, port] of [
    ['by default', '', 8888],
    ['of a reader', 'metrics: { readers: [{ pull: { exporter: { prometheus: { host: 0.0.0.0, port: 9999 } } } }] }', 9999],
    ['in the older spelling', 'metrics: { address: "localhost:9999" }', 9999],
  ] as const) {
    it(`is not free for a component: ${name}`, () => {
      assert.deepEqual(faults(telemetry, { exporter: `localhost:${port}` }), [
        `clash exporters.prometheus.endpoint: port ${port} is taken by service.telemetry.metrics already`,
      ]);
    });
  }

  it('is free where there are none', () => {
    assert.deepEqual(faults('metrics: { level: none }', { exporter: 'localhost:8888' }), []);
  });
});

describe('own spans', () => {
  const sentTo = (endpoint: string) => `traces: { processors: [{ batch: { exporter: { otlp: { endpoint: '${endpoint}' } } } }] }`;

  it('must not go to our own receiver: each would bring forth the next', () => {
    const path = 'service.telemetry.traces.processors[0].batch.exporter.otlp.endpoint';
    const message = 'this is our own listener receivers.otlp.protocols.http.endpoint: every span would come back for ever';
    assert.deepEqual(faults(sentTo('http://127.0.0.1:4318')), [`cycle ${path}: ${message}`]);
  });

  it('may go anywhere else', () => assert.deepEqual(faults(sentTo('http://localhost:14318')), []));

  it('with a wrong endpoint are one fault', () => {
    assert.equal(faults(sentTo('tempo')).length, 1);
  });
});

describe('a health check with an authenticator', () => {
  it('may name one that stands behind it', () => {
    const extensions = 'health_check: { auth: { authenticator: bearertokenauth } }, bearertokenauth: { token: word }';
    assert.deepEqual(faults('', { extensions }), []);
  });
});
