/** What the bench measures is what people get who set nothing. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import type { Ports } from '../../bench/contestant.ts';
import { type Changes, spanmeterConfig } from '../../bench/spanmeter-config.ts';
import { COMPONENTS } from '../../src/components.ts';
import { loadTexts } from '../../src/config/load.ts';
import { plan } from '../../src/graph/plan.ts';

const PORTS: Ports = { intake: 1, metrics: 2, own: 3, health: 4, sink: 5 };

const textOf = (changes: Changes) => spanmeterConfig({ ports: PORTS, token: 'token', changes });

function planned(text: string) {
  const found = plan(loadTexts([{ file: 'bench.yaml', text }], { environment: {}, unset: 'error' }), COMPONENTS);
  assert.deepEqual(
    found.faults.filter(({ level }) => level === 'error'),
    [],
  );
  return found.plan!;
}

describe('the daemon of the bench', () => {
  it('is told addresses and a token, and nothing else', () => {
    const at = (port: number) => ({ endpoint: `127.0.0.1:${port}` });
    assert.deepEqual(parse(textOf({})), {
      extensions: { bearertokenauth: { token: 'token' }, health_check: at(PORTS.health) },
      receivers: { otlp: { protocols: { http: { ...at(PORTS.intake), auth: { authenticator: 'bearertokenauth' } } } } },
      connectors: { genai: null },
      exporters: { prometheus: at(PORTS.metrics), 'otlp_http/tempo': { endpoint: `http://127.0.0.1:${PORTS.sink}` } },
      service: {
        extensions: ['bearertokenauth', 'health_check'],
        telemetry: { metrics: { address: `127.0.0.1:${PORTS.own}` } },
        pipelines: {
          traces: { receivers: ['otlp'], exporters: ['genai', 'otlp_http/tempo'] },
          metrics: { receivers: ['genai'], exporters: ['prometheus'] },
        },
      },
    });
  });

  it('keeps what it takes on disk, with a sync before every answer', () => {
    assert.equal(planned(textOf({})).journal.storage, 'disk');
  });

  const variations: readonly Changes[] = [
    { storage: 'memory', compression: 'zstd' },
    { forwards: false },
    { genai: '{ dimensions: [trace.metadata.dimension1] }' },
    { pipelines: 4 },
    { pipelines: 2, exporters: 2 },
  ];
  for (const changes of variations)
    it(`starts with ${JSON.stringify(changes)}`, () => {
      assert.ok(planned(textOf(changes)));
    });
});
