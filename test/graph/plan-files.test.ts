/** Two exporters on one file are found before anything starts. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { COMPONENTS } from '../../src/components.ts';
import { loadTexts } from '../../src/config/load.ts';
import { plan } from '../../src/graph/plan.ts';

function clashes(one: string, other: string, used = 'file/a, file/b'): readonly string[] {
  const text = `
receivers: { otlp: { protocols: { http: } } }
exporters: { file/a: { path: ${one} }, file/b: { path: ${other} } }
service: { pipelines: { traces: { receivers: [otlp], exporters: [${used}] }, traces/2: { receivers: [otlp], exporters: [file/a] } } }
`;
  const { faults } = plan(loadTexts([{ file: 'a.yaml', text }], { environment: {}, unset: 'error' }), COMPONENTS);
  return faults.filter(({ level }) => level === 'error').map(({ code, path, message }) => `${code} ${path}: ${message}`);
}

describe('two exporters', () => {
  it('on one file, however it is spelled, are a fault', () => {
    const expected = ['clash exporters.file/b.path: exporters.file/a.path is this file already'];
    assert.deepEqual(clashes('/tmp/a.jsonl', '/tmp/a.jsonl'), expected);
    assert.deepEqual(clashes('/tmp/x/../a.jsonl', '/tmp//a.jsonl'), expected);
  });

  it('on two files are none, and one exporter in two pipelines is none', () => {
    assert.deepEqual(clashes('/tmp/a.jsonl', '/tmp/b.jsonl'), []);
  });

  it('are none when only one of them is used', () => {
    assert.deepEqual(clashes('/tmp/a.jsonl', '/tmp/a.jsonl', 'file/a'), []);
  });
});
