/** What a config says about the journal, in either of the two places. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { COMPONENTS } from '../../src/components.ts';
import { loadTexts } from '../../src/config/load.ts';
import { plan } from '../../src/graph/plan.ts';

function planned(extensions: string, service = '') {
  const ids = [...extensions.matchAll(/^ {2}(\S+):/gm)].map(([, id]) => id);
  const text = `
receivers: { otlp: { protocols: { http: } } }
exporters: { debug: }
extensions:
${extensions}
service:
  extensions: [${ids}]
  pipelines: { traces: { receivers: [otlp], exporters: [debug] } }
${service}`;
  const { plan: found, faults } = plan(loadTexts([{ file: 'a.yaml', text }], { environment: {}, unset: 'error' }), COMPONENTS);
  return {
    journal: found?.journal,
    faults: faults.map(({ level, code, path, message }) => `${level}[${code}] ${path}: ${message}`),
  };
}

const MEMORY = 'the journal is kept in memory: spans that are not delivered, and counters, are gone when the process ends';

describe('the journal of a plan', () => {
  it('has defaults', () => {
    assert.deepEqual(planned('').journal, {
      storage: 'disk',
      directory: undefined,
      maxBytes: 10_737_418_240,
      segmentBytes: 67_108_864,
      minFreeBytes: undefined,
      maxSpans: 1_000_000,
    });
  });

  it('takes from file_storage what service.journal does not say', () => {
    const { journal } = planned(
      '  file_storage: { directory: /a, max_size: 1GiB, dedupe: { max_spans: 5 } }',
      '  journal: { max_size: 2GiB, segment_size: 1MiB, min_free: 1GiB }',
    );
    assert.deepEqual(journal, {
      storage: 'disk',
      directory: '/a',
      maxBytes: 2 * 1024 ** 3,
      segmentBytes: 1024 ** 2,
      minFreeBytes: 1024 ** 3,
      maxSpans: 5,
    });
  });

  for (const [name, extensions, service, fault] of [
    [
      'two of different folders',
      '  file_storage: { directory: /a }\n  file_storage/b: { directory: /b }',
      '',
      'error[clash] extensions.file_storage/b.directory: one journal per process: "file_storage" says "/a"',
    ],
    [
      'one beside another folder',
      '  file_storage: { directory: /a }',
      '  journal: { directory: /b }',
      'error[clash] extensions.file_storage.directory: one journal per process: service.journal.directory says "/b"',
    ],
  ] as const) {
    it(`refuses ${name}`, () => {
      assert.deepEqual(
        planned(extensions, service).faults.filter((text) => text.startsWith('error')),
        [fault],
      );
    });
  }

  it('may be named twice by one folder', () => {
    const { journal, faults } = planned('  file_storage: { directory: /a }\n  file_storage/b: { directory: /a }');
    assert.equal(journal?.directory, '/a');
    assert.deepEqual(faults, []);
  });

  it('is smaller in memory, which is no storage for whoever asks for one', () => {
    const storage = '  journal: { storage: memory }';
    const { journal, faults } = planned('  file_storage: { directory: /a }\n  file_storage/b: { directory: /a }', storage);
    assert.deepEqual([journal?.storage, journal?.maxBytes], ['memory', 268_435_456]);
    assert.deepEqual(
      faults,
      ['file_storage', 'file_storage/b'].map((id) => `warning[drops_data] extensions.${id}: ${MEMORY}`),
    );
  });
});
