/** A processor that takes away what a connector behind it counts is told, where it does so. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { COMPONENTS } from '../../src/components.ts';
import { loadTexts } from '../../src/config/load.ts';
import { plan } from '../../src/graph/plan.ts';

function told(processors: string, genai = '', traces = ''): readonly string[] {
  const names = [...processors.matchAll(/^ {2}([\w/]+):/gm)].map(([, name]) => name);
  const text = `
receivers: { otlp: { protocols: { http: } } }
processors:
${processors}
connectors: { genai: { ${genai} } }
exporters: { prometheus: }
service:
  pipelines:
    traces: { receivers: [otlp], processors: [${names.join(', ')}], exporters: [genai] }
    metrics: { receivers: [genai], exporters: [prometheus] }
${traces}`;
  const { plan: planned, faults } = plan(loadTexts([{ file: 'a.yaml', text }], { environment: {}, unset: 'error' }), COMPONENTS);
  assert.ok(planned, 'a warning does not stop the daemon');
  return faults
    .filter(({ code }) => code === 'removes_input')
    .map(({ level, path, place, message }) => `${level} ${place.line}:${place.column} ${path}: ${message}`);
}

describe('an action that deletes', () => {
  const cases: readonly (readonly [what: string, processors: string, genai: string, ...expected: string[]])[] = [
    [
      'what a figure comes from',
      '  attributes:\n    actions:\n      - { key: x, action: delete }\n      - { key: gen_ai.usage.total_cost, action: delete }',
      '',
      'warning 7:9 processors.attributes.actions[1]: removes "gen_ai.usage.total_cost", which "genai" reads',
    ],
    [
      'by pattern',
      '  attributes: { actions: [{ pattern: "^gen_ai.usage.(total|input)_cost$", action: delete }] }',
      '',
      'warning 4:27 processors.attributes.actions[0]: removes "gen_ai.usage.total_cost", "gen_ai.usage.input_cost", which "genai" reads',
    ],
    [
      'a dimension',
      '  attributes/x: { actions: [{ key: trace.metadata.team, action: delete }] }',
      'dimensions: [trace.metadata.team]',
      'warning 4:29 processors.attributes/x.actions[0]: removes "trace.metadata.team", which "genai" reads',
    ],
    [
      'a dimension of spans above',
      '  attributes: { actions: [{ key: team, action: delete }] }',
      'dimensions: [{ name: parent.team, label: team }]',
      'warning 4:27 processors.attributes.actions[0]: removes "team", which "genai" reads',
    ],
    [
      'the share that is sent',
      '  attributes: { actions: [{ key: ratio, action: delete }] }',
      'sampling_ratio_attribute: ratio',
      'warning 4:27 processors.attributes.actions[0]: removes "ratio", which "genai" reads',
    ],
    [
      'a dimension of the resource',
      '  resource: { attributes: [{ key: region, action: delete }] }',
      'dimensions: [resource.region]',
      'warning 4:28 processors.resource.attributes[0]: removes "region", which "genai" reads',
    ],
    [
      'an attribute of spans that is a dimension of the resource',
      '  attributes: { actions: [{ key: region, action: delete }] }',
      'dimensions: [resource.region]',
    ],
    ['what nobody reads', '  attributes: { actions: [{ key: user.id, action: delete }] }', ''],
    ['nothing but hashes', '  attributes: { actions: [{ key: gen_ai.request.model, action: hash }] }', ''],
    [
      'all, which names the first',
      '  attributes: { actions: [{ pattern: ., action: delete }] }',
      'dimensions: [region]',
      'warning 4:27 processors.attributes.actions[0]: removes "gen_ai.request.model", "ai.model.id", "llm.model_name" and # more, which "genai" reads',
    ],
  ];
  for (const [what, processors, genai, ...expected] of cases) {
    it(`${what} ${expected.length === 0 ? 'is fine' : 'is told'}`, () => {
      assert.deepEqual(
        told(processors, genai).map((line) => line.replace(/and \d+ more/, 'and # more')),
        expected,
      );
    });
  }

  it('is told once for two pipelines', () => {
    const processors = '  attributes: { actions: [{ key: gen_ai.request.model, action: delete }] }';
    const second = '    traces/2: { receivers: [otlp], processors: [attributes], exporters: [genai] }\n';
    assert.equal(told(processors, '', second).length, 1);
  });
});

describe('redact_content', () => {
  it('takes no figure away', () => {
    assert.deepEqual(told('  redact_content:'), []);
    assert.deepEqual(told('  redact_content: { action: truncate, max_bytes: 1 }'), []);
  });

  it('is told where content is a dimension', () => {
    const dimension = 'dimensions: [{ name: span.input, label: input, max_values: 5 }]';
    assert.deepEqual(told('  redact_content:', dimension), [
      'warning 4:3 processors.redact_content: removes "span.input", which "genai" reads',
    ]);
    assert.deepEqual(told('  redact_content: { keep: [span.input] }', dimension), []);
  });
});
