/** How far everything that grows can grow, as a daemon tells it when it starts. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { memoryBounds } from '../../src/graph/bounds.ts';
import { configFor, GraphRig, planOf } from '../helpers/graph-rig.ts';

const MIB = 1_048_576;

function boundsOf(change: (yaml: string) => string = (yaml) => yaml) {
  return memoryBounds(planOf(change(configFor('http://127.0.0.1:9', '  debug:'))), 64 * MIB);
}

describe('the bounds of what grows', () => {
  it('are those of requests, copies, exporters, metrics and days', () => {
    assert.deepEqual(boundsOf(), {
      request_bytes: 64 * MIB,
      dedupe_bytes: 2 * 28_000_000 + 4 * 2 ** 21,
      waiting_bytes: 8 * MIB,
      sending_bytes: 28 * MIB,
      removed_metrics_bytes: 64 * MIB,
      series_lines: 50_000,
      day_rows: 200_400,
    });
  });

  it('follow the config: a second exporter, fewer copies, more series, a journal in memory', () => {
    const bounds = boundsOf((yaml) =>
      yaml
        .replace('service:\n', 'service:\n  journal: { storage: memory, max_size: 32MiB, dedupe: { max_spans: 0 } }\n')
        .replace('exporters: [genai, otlp_http/tempo]', 'exporters: [genai, otlp_http/tempo, debug]')
        .replace('genai:\n', 'genai: { series: { max: 100 } }\n'),
    );
    const { waiting_bytes, dedupe_bytes, sending_bytes, series_lines } = bounds;
    assert.deepEqual(
      { waiting_bytes, dedupe_bytes, series_lines },
      { waiting_bytes: 32 * MIB, dedupe_bytes: 0, series_lines: 100 },
    );
    assert.equal(sending_bytes, 56 * MIB);
  });

  it('are in the log from the start', async (test) => {
    const rig = await new GraphRig(test, configFor('http://127.0.0.1:9')).start();
    const told = rig.lines.map((line) => JSON.parse(line)).find(({ msg }) => msg === 'what grows is bounded');
    assert.deepEqual(
      { request_bytes: told.request_bytes, series_lines: told.series_lines },
      { request_bytes: 64 * MIB, series_lines: 50_000 },
    );
  });
});
